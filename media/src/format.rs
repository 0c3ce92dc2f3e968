//! Formats of images, and why an image is refused.

use std::fmt;

/// A format of raster images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// AV1 Image File Format: written, never read.
    Avif,
    /// WebP, still or animated.
    WebP,
    /// JPEG.
    Jpeg,
    /// PNG, still or animated.
    Png,
    /// GIF, still or animated.
    Gif,
}

impl Format {
    /// The format of a file that can be read, by its first bytes.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => None,
        }
    }

    /// The format that the name of a file promises; nothing for other files, AVIF included.
    pub fn promised_by(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next()?;
        match name.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
            "png" => Some(Self::Png),
            "jpg" | "jpeg" => Some(Self::Jpeg),
            "gif" => Some(Self::Gif),
            "webp" => Some(Self::WebP),
            _ => None,
        }
    }

    /// The end of a file name: `avif`.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Avif => "avif",
            Self::WebP => "webp",
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Gif => "gif",
        }
    }

    /// `image/avif`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Avif => "image/avif",
            Self::WebP => "image/webp",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Avif => "AVIF",
            Self::WebP => "WebP",
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Gif => "GIF",
        })
    }
}

/// Why there is nothing to make of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// None of the formats that can be read.
    Unknown,
    /// More pixels than an image of a page may have.
    TooLarge {
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
    },
    /// Cut off or damaged.
    Broken(String),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("not a PNG, JPEG, GIF or WebP image"),
            Self::TooLarge { width, height } => write!(f, "{width} × {height} pixels"),
            Self::Broken(why) => f.write_str(why),
        }
    }
}

impl Refused {
    /// The file ends before the image does.
    pub(crate) fn cut() -> Self {
        Self::Broken("the file is cut off".to_owned())
    }
}
