//! What all fuzz targets share: a one-lesson academy in memory, and what must hold for every site.

pub mod academy;
pub mod html;
