//! Video and audio: `::: video intro.mp4 captions=intro.vtt poster=cover.png The title`, with the transcript below.

use std::ops::Range;

use super::blocks::Opened;
use super::directive::Arguments;
use super::inline;
use super::writer::Writer;
use crate::diagnostic::{Code, nearest};
use crate::html::{self, push_attribute, push_url};
use crate::links::{Destination, has_scheme};

impl Writer<'_, '_> {
    /// Starts a player; what follows up to its end is the transcript.
    pub(super) fn open_player(&mut self, name: &str, rest: Range<usize>, span: &Range<usize>) -> Opened {
        let known: &[&str] = if name == "video" { &["captions", "poster"] } else { &["captions"] };
        let arguments = self.arguments(name, rest, known);
        let mut words = arguments.words.iter();
        let title: Vec<&str> = words.clone().skip(1).map(|(word, _)| word.as_str()).collect();
        let (caption_html, label) = inline::line(&title.join(" "));
        self.html.push_str("<figure>\n<");
        self.html.push_str(name);
        self.html.push_str(" controls preload=\"metadata\"");
        if !label.is_empty() {
            push_attribute(&mut self.html, "aria-label", &label);
        }
        if let Some((file, place)) = words.next() {
            self.media_file("src", file, place);
        } else {
            let hint = format!("write `::: {name} intro.{}`", if name == "video" { "mp4" } else { "mp3" });
            self.complain(Code::BadBlock, span, "no file to play, expected its name", hint);
        }
        let value = |wanted: &str| arguments.attributes.iter().find(|(key, ..)| key == wanted);
        if let Some((_, poster, place)) = value("poster") {
            self.media_file("poster", poster, place);
        }
        self.html.push('>');
        match value("captions") {
            Some((_, captions, place)) => {
                self.html.push_str("<track kind=\"captions\" default");
                push_attribute(&mut self.html, "srclang", &self.context.written.to_string());
                push_attribute(&mut self.html, "label", self.context.texts.get("captions"));
                self.media_file("src", captions, place);
                self.html.push('>');
            }
            None if name == "video" => {
                let hint = "add `captions=intro.vtt`: the words in WebVTT, for those who cannot hear them";
                self.warn_media(span, "a video without captions, expected `captions=…`", hint);
            }
            None => {}
        }
        html::push(&mut self.html, format_args!("</{name}>\n<details><summary>"));
        html::push_escaped(&mut self.html, self.context.texts.get("transcript"));
        self.html.push_str("</summary>\n");
        Opened::Player { from: self.html.len(), span: span.clone(), caption_html }
    }

    pub(super) fn close_player(&mut self, from: usize, span: &Range<usize>, caption_html: &str) {
        if self.html.len() == from {
            let start = self.html.rfind("<details>").unwrap_or(from);
            self.html.truncate(start);
            let message =
                "a recording without a transcript, expected what is said between this line and `:::`";
            self.warn_media(span, message, "write down what is said, and what is shown that matters");
        } else {
            self.html.push_str("</details>\n");
        }
        if !caption_html.is_empty() {
            html::push(&mut self.html, format_args!("<figcaption>{caption_html}</figcaption>"));
        }
        self.html.push_str("</figure>\n");
    }

    fn warn_media(&mut self, span: &Range<usize>, message: &str, hint: &str) {
        let warning = self.body.text.error(Code::NoCaptions, span.clone(), message).warning();
        self.diagnostics.push(warning.hint(hint));
    }

    /// Players show files of this site: the content policy refuses others.
    fn media_file(&mut self, attribute: &str, link: &str, place: &Range<usize>) {
        if has_scheme(link) || link.starts_with("//") {
            let message = format!("`{link}` is on another site, expected a file beside the text");
            let hint = "put the file beside the text; a player of another site would watch your readers";
            return self.complain(Code::BadBlock, place, message, hint);
        }
        let url = match self.resolve(link, place, Code::BrokenImage) {
            Destination::Asset { url, .. } | Destination::Static { url, .. } => url,
            Destination::AsWritten => link.to_owned(),
            Destination::Page(_) => {
                let message = format!("`{link}` is a page, expected a file");
                return self.complain(Code::BadBlock, place, message, "name the recording");
            }
            Destination::Broken | Destination::Hidden => return,
        };
        push_url(&mut self.html, attribute, &url);
    }

    /// Reads what stands behind the name of a block, and reports keys that it does not have. Places are in the file.
    pub(super) fn arguments(&mut self, name: &str, rest: Range<usize>, known: &[&str]) -> Arguments {
        let body = self.body;
        let mut arguments = match Arguments::parse(&body.text.source[rest.clone()]) {
            Ok(arguments) => arguments,
            Err(at) => {
                let place = rest.start + at..rest.end;
                self.complain(
                    Code::BadBlock,
                    &place,
                    "a quotation mark without a second one",
                    "add the other",
                );
                Arguments::default()
            }
        };
        let places = arguments.attributes.iter_mut().map(|(_, _, place)| place);
        for place in places.chain(arguments.words.iter_mut().map(|(_, place)| place)) {
            *place = rest.start + place.start..rest.start + place.end;
        }
        for (key, _, place) in &arguments.attributes {
            if known.contains(&key.as_str()) {
                continue;
            }
            let keys = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            let message = format!("unknown attribute `{key}` of `{name}`, expected one of {keys}");
            let hint = nearest(key, known.iter().copied())
                .map_or_else(|| "remove it".to_owned(), |near| format!("did you mean `{near}`?"));
            self.complain(Code::UnknownBlock, place, message, hint);
        }
        arguments
    }
}
