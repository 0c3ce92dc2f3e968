//! Diagrams.

use super::code::Block;
use super::writer::Writer;
use crate::html::push_escaped;

impl Writer<'_, '_> {
    /// Appends a diagram.
    pub(super) fn push_diagram(&mut self, block: &Block) {
        self.html.push_str("<figure class=\"diagram\"><pre>");
        push_escaped(&mut self.html, &block.code);
        self.html.push_str("</pre></figure>\n");
    }
}
