//! Tables.

use pulldown_cmark::Alignment;

use super::Context;
use crate::html::push_attribute;

/// The table being written.
#[derive(Debug, Default)]
pub(super) struct Table {
    alignments: Vec<Alignment>,
    column: usize,
    /// Where the text of the current cell begins in the output.
    cell_from: usize,
    in_head: bool,
    has_body: bool,
}

impl Table {
    pub(super) fn open(alignments: Vec<Alignment>, out: &mut String, context: Context<'_>) -> Self {
        out.push_str("<div class=\"table-scroll\" tabindex=\"0\" role=\"group\"");
        push_attribute(out, "aria-label", context.texts.get("table"));
        out.push_str("><table>\n");
        Self { alignments, ..Self::default() }
    }

    pub(super) fn close(&mut self, out: &mut String) {
        out.push_str(if self.has_body { "</tbody></table></div>\n" } else { "</table></div>\n" });
    }

    pub(super) fn open_head(&mut self, out: &mut String) {
        self.in_head = true;
        self.column = 0;
        out.push_str("<thead><tr>");
    }

    pub(super) fn close_head(&mut self, out: &mut String) {
        self.in_head = false;
        out.push_str("</tr></thead>\n");
    }

    pub(super) fn open_row(&mut self, out: &mut String) {
        if !self.has_body {
            out.push_str("<tbody>\n");
        }
        self.has_body = true;
        self.column = 0;
        out.push_str("<tr>");
    }

    /// Alignment is a class, because the content policy of the site refuses style attributes.
    pub(super) fn open_cell(&mut self, out: &mut String) {
        out.push_str(if self.in_head { "<th scope=\"col\"" } else { "<td" });
        out.push_str(match self.alignments.get(self.column) {
            Some(Alignment::Right) => " class=\"right\">",
            Some(Alignment::Center) => " class=\"center\">",
            _ => ">",
        });
        self.column += 1;
        self.cell_from = out.len();
    }

    /// An empty corner is no heading of anything.
    pub(super) fn close_cell(&self, out: &mut String) {
        let is_empty_heading = self.in_head && out.len() == self.cell_from;
        if is_empty_heading && let Some(start) = out.rfind("<th") {
            out.truncate(start);
            out.push_str("<td>");
        }
        out.push_str(if self.in_head && !is_empty_heading { "</th>" } else { "</td>" });
    }
}
