//! Draws flowcharts: boxes in layers, in an order with few crossings, each below the middle of what leads to it.

use std::collections::BTreeSet;

use super::flowchart::{Direction, Flowchart, Shape};
use super::links::Link;
use super::svg::{LINE, Stroke, Svg, text_size};
use super::{Drawing, Undrawable, lines_of};
use crate::html;

/// Between neighbours of a layer, and between layers.
const GAP: i32 = 28;
const LAYER_GAP: i32 = 40;
/// How often the order and the places of boxes are improved.
const ROUNDS: usize = 8;
/// The most boxes, words and passages together.
const MAX_CELLS: usize = 3_000;

/// A box, the words of a link, or a place where a long link passes a layer. `x` and `y` are its centre; the chart flows
/// down until it is drawn.
#[derive(Debug)]
struct Cell {
    layer: usize,
    x: i32,
    y: i32,
    width: i32,
    height: i32,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// A link with all the cells that it passes.
#[derive(Debug)]
struct Route<'a> {
    cells: Vec<usize>,
    /// The cell of its words, by place in `cells`.
    label: Option<usize>,
    link: &'a Link,
    is_reversed: bool,
}

#[derive(Debug)]
struct Layout<'a> {
    chart: &'a Flowchart,
    cells: Vec<Cell>,
    layers: Vec<Vec<usize>>,
    routes: Vec<Route<'a>>,
}

pub(super) fn draw(chart: &Flowchart) -> Result<Drawing, Undrawable> {
    let mut layout = Layout { chart, cells: Vec::new(), layers: Vec::new(), routes: Vec::new() };
    layout.place_in_layers();
    if layout.cells.len() > MAX_CELLS {
        return Err(Undrawable::new(0, "links over too many layers, expected a smaller chart"));
    }
    layout.order();
    layout.place();
    Ok(Drawing { svg: layout.svg(), summary: summary(chart), title: chart.title.clone() })
}

/// `Write → Build; Build → Publish (when green)`.
fn summary(chart: &Flowchart) -> String {
    let name = |idx: usize| chart.nodes[idx].lines.join(" ");
    let mut parts: Vec<String> = Vec::new();
    for (from, to, link) in &chart.edges {
        let arrow = match (link.has_start, link.has_end) {
            (false, true) => "→",
            (true, _) => "↔",
            (false, false) => "–",
        };
        let label = if link.label.is_empty() {
            String::new()
        } else {
            format!(" ({})", lines_of(&link.label).join(" "))
        };
        parts.push(format!("{} {arrow} {}{label}", name(*from), name(*to)));
    }
    let linked: BTreeSet<usize> = chart.edges.iter().flat_map(|(from, to, _)| [*from, *to]).collect();
    parts.extend((0..chart.nodes.len()).filter(|idx| !linked.contains(idx)).map(name));
    parts.join("; ")
}

/// Links that would lead back up, found in the order in which they are written.
fn reversed(chart: &Flowchart) -> Vec<bool> {
    let n_nodes = chart.nodes.len();
    let mut reached: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); n_nodes];
    let mut reversed = Vec::with_capacity(chart.edges.len());
    for (from, to, _) in &chart.edges {
        let back = from != to && reached[*to].contains(from);
        reversed.push(back);
        let (a, b) = if back { (*to, *from) } else { (*from, *to) };
        if a != b {
            let mut news = reached[b].clone();
            news.insert(b);
            for (idx, known) in reached.iter_mut().enumerate() {
                if idx == a || known.contains(&a) {
                    known.extend(&news);
                }
            }
        }
    }
    reversed
}

impl<'a> Layout<'a> {
    fn sideways(&self) -> bool {
        matches!(self.chart.direction, Direction::Right | Direction::Left)
    }

    /// Sizes are those of a chart that flows down.
    fn cell(&mut self, layer: usize, (width, height): (i32, i32)) -> usize {
        let (width, height) = if self.sideways() { (height, width) } else { (width, height) };
        self.cells.push(Cell { layer, x: 0, y: 0, width, height, above: Vec::new(), below: Vec::new() });
        self.cells.len() - 1
    }

    fn place_in_layers(&mut self) {
        let chart = self.chart;
        let reversed = reversed(chart);
        // A link with words is two layers long, so that its words have a place.
        let edges: Vec<(usize, usize, usize)> = chart
            .edges
            .iter()
            .zip(&reversed)
            .filter(|((from, to, _), _)| from != to)
            .map(|((from, to, link), back)| {
                let (a, b) = if *back { (*to, *from) } else { (*from, *to) };
                (a, b, if link.label.is_empty() { 1 } else { 2 })
            })
            .collect();
        let mut layer = vec![0; chart.nodes.len()];
        for _ in 0..chart.nodes.len() {
            for (a, b, length) in &edges {
                layer[*b] = layer[*b].max(layer[*a] + length);
            }
        }
        for (idx, node) in chart.nodes.iter().enumerate() {
            let size = box_size(node.shape, text_size(&node.lines));
            self.cell(layer[idx], size);
        }
        for ((from, to, link), back) in chart.edges.iter().zip(reversed) {
            self.route(*from, *to, link, back);
        }
        let n_layers = self.cells.iter().map(|cell| cell.layer + 1).max().unwrap_or(0);
        self.layers = vec![Vec::new(); n_layers];
        for (idx, cell) in self.cells.iter().enumerate() {
            self.layers[cell.layer].push(idx);
        }
    }

    fn route(&mut self, from: usize, to: usize, link: &'a Link, is_reversed: bool) {
        let (a, b) = if is_reversed { (to, from) } else { (from, to) };
        let (first, last) = (self.cells[a].layer, self.cells[b].layer);
        let has_label = !link.label.is_empty() && a != b;
        let middle = first + (last - first).div_ceil(2);
        let (mut cells, mut label) = (vec![a], None);
        for layer in first + 1..last {
            let is_label = has_label && layer == middle;
            let size = if is_label { text_size(&lines_of(&link.label)) } else { (8, 8) };
            if is_label {
                label = Some(cells.len());
            }
            cells.push(self.cell(layer, if is_label { (size.0 + 12, size.1 + 4) } else { size }));
        }
        cells.push(b);
        if a != b {
            for pair in cells.windows(2) {
                self.cells[pair[0]].below.push(pair[1]);
                self.cells[pair[1]].above.push(pair[0]);
            }
        }
        self.routes.push(Route { cells, label, link, is_reversed });
    }

    /// Cells move to the mean place of their neighbours, layer by layer, down and up again.
    fn order(&mut self) {
        let n_layers = self.layers.len();
        let mut place = vec![0_usize; self.cells.len()];
        for layer in &self.layers {
            layer.iter().enumerate().for_each(|(at, cell)| place[*cell] = at);
        }
        for round in 0..ROUNDS {
            let down = round % 2 == 0;
            for step in 0..n_layers {
                let idx = if down { step } else { n_layers - 1 - step };
                let mut layer = std::mem::take(&mut self.layers[idx]);
                layer.sort_by_key(|cell| {
                    let near = if down { &self.cells[*cell].above } else { &self.cells[*cell].below };
                    let sum: usize = near.iter().map(|near| place[*near]).sum();
                    if near.is_empty() { place[*cell] * 1_000 } else { sum * 1_000 / near.len() }
                });
                layer.iter().enumerate().for_each(|(at, cell)| place[*cell] = at);
                self.layers[idx] = layer;
            }
        }
    }

    /// Gives every cell its centre.
    fn place(&mut self) {
        let mut y = 0;
        for layer in &self.layers {
            let height = layer.iter().map(|cell| self.cells[*cell].height).max().unwrap_or(0);
            for cell in layer {
                self.cells[*cell].y = y + height / 2;
            }
            y += height + LAYER_GAP;
        }
        for layer in 0..self.layers.len() {
            self.spread(layer, vec![0; self.layers[layer].len()]);
        }
        for round in 0..ROUNDS {
            for step in 0..self.layers.len() {
                let down = round % 2 == 0;
                let layer = if down { step } else { self.layers.len() - 1 - step };
                let wanted = |cell: &usize| {
                    let cell = &self.cells[*cell];
                    let near = if down { &cell.above } else { &cell.below };
                    let n_near = i32::try_from(near.len()).unwrap_or(1);
                    let sum: i32 = near.iter().map(|near| self.cells[*near].x).sum();
                    if near.is_empty() { cell.x } else { sum / n_near }
                };
                let wanted = self.layers[layer].iter().map(wanted).collect();
                self.spread(layer, wanted);
            }
        }
        let left = self.cells.iter().map(|cell| cell.x - cell.width / 2).min().unwrap_or(0);
        for cell in &mut self.cells {
            cell.x -= left;
        }
    }

    /// Puts the cells of a layer where they are wanted, as far as their neighbours leave room: once from the left, once
    /// from the right, and the middle of both.
    fn spread(&mut self, layer: usize, wanted: Vec<i32>) {
        let order = self.layers[layer].clone();
        let room = |a: usize, b: usize| i32::midpoint(self.cells[a].width, self.cells[b].width) + GAP;
        let (mut left, mut right) = (wanted.clone(), wanted);
        for at in 1..order.len() {
            right[at] = right[at].max(right[at - 1] + room(order[at - 1], order[at]));
        }
        for at in (1..order.len()).rev() {
            left[at - 1] = left[at - 1].min(left[at] - room(order[at - 1], order[at]));
        }
        for (at, cell) in order.iter().enumerate() {
            self.cells[*cell].x = i32::midpoint(left[at], right[at]);
        }
    }

    /// A point of the layout as a point of the picture.
    fn point(&self, x: i32, y: i32) -> (i32, i32) {
        let height = self.cells.iter().map(|cell| cell.y + cell.height / 2).max().unwrap_or(0);
        let (x, y) = (x + 1, y + 1);
        match self.chart.direction {
            Direction::Down => (x, y),
            Direction::Up => (x, height + 2 - y),
            Direction::Right => (y, x),
            Direction::Left => (height + 2 - y, x),
        }
    }

    fn svg(&self) -> Svg {
        let mut svg = Svg::default();
        for route in &self.routes {
            self.draw_route(&mut svg, route);
        }
        for (node, cell) in self.chart.nodes.iter().zip(&self.cells) {
            let centre = self.point(cell.x, cell.y);
            let size = if self.sideways() { (cell.height, cell.width) } else { (cell.width, cell.height) };
            draw_box(&mut svg, node.shape, centre, size);
            svg.text(centre, &node.lines, "middle");
        }
        svg
    }

    fn draw_route(&self, svg: &mut Svg, route: &Route<'_>) {
        if route.cells.first() == route.cells.last() {
            return self.draw_loop(svg, route);
        }
        let mut data = String::new();
        let last = route.cells.len() - 1;
        for (at, pair) in route.cells.windows(2).enumerate() {
            let (a, b) = (&self.cells[pair[0]], &self.cells[pair[1]]);
            // Lines end at boxes and at words, and pass through the middle of every other cell.
            let bottom = if at == 0 || route.label == Some(at) { a.y + a.height / 2 } else { a.y };
            let top = if at + 1 == last || route.label == Some(at + 1) { b.y - b.height / 2 } else { b.y };
            let middle = i32::midpoint(bottom, top);
            let (from, to) = (self.port(pair[0], b.x), self.port(pair[1], a.x));
            let points = [(from, bottom), (from, middle), (to, middle), (to, top)];
            let [(x0, y0), (x1, y1), (x2, y2), (x3, y3)] = points.map(|(x, y)| self.point(x, y));
            html::push(&mut data, format_args!("M{x0} {y0}C{x1} {y1} {x2} {y2} {x3} {y3}"));
        }
        svg.path(&data, route.link.stroke);
        let (first, end) = (&self.cells[route.cells[0]], &self.cells[route.cells[last]]);
        let ends = (route.link.has_start, route.link.has_end);
        let (at_start, at_end) = if route.is_reversed { (ends.1, ends.0) } else { ends };
        let (dx, dy) = match self.chart.direction {
            Direction::Down => (0, 1),
            Direction::Up => (0, -1),
            Direction::Right => (1, 0),
            Direction::Left => (-1, 0),
        };
        if at_end {
            let x = self.port(route.cells[last], self.cells[route.cells[last - 1]].x);
            svg.arrow(self.point(x, end.y - end.height / 2), (dx, dy));
        }
        if at_start {
            let x = self.port(route.cells[0], self.cells[route.cells[1]].x);
            svg.arrow(self.point(x, first.y + first.height / 2), (-dx, -dy));
        }
        if let Some(label) = route.label {
            let cell = &self.cells[route.cells[label]];
            let centre = self.point(cell.x, cell.y);
            svg.text(centre, &lines_of(&route.link.label), "middle");
            svg.grow(centre.0 + cell.width / 2, centre.1 + cell.height / 2);
        }
    }

    /// Where a line that comes from `toward` meets a box: on its side of the middle, if the box has a flat edge.
    fn port(&self, cell: usize, toward: i32) -> i32 {
        let shape = self.chart.nodes.get(cell).map(|node| node.shape);
        let Cell { x, width, .. } = self.cells[cell];
        let reach =
            if matches!(shape, Some(Shape::Box | Shape::Round | Shape::Pill)) { width / 4 } else { 0 };
        toward.clamp(x - reach, x + reach)
    }

    /// From a box to itself.
    fn draw_loop(&self, svg: &mut Svg, route: &Route<'_>) {
        let cell = &self.cells[route.cells[0]];
        let (x, y) = self.point(cell.x, cell.y);
        let width = if self.sideways() { cell.height } else { cell.width };
        let right = x + width / 2;
        svg.path(&format!("M{right} {}h16v12H{right}", y - 6), route.link.stroke);
        svg.arrow((right, y + 6), (-1, 0));
        let lines = lines_of(&route.link.label);
        let (width, _) = text_size(&lines);
        svg.grow(right + 22 + width, y + LINE);
        svg.text((right + 20, y), &lines, "start");
    }
}

fn box_size(shape: Shape, (width, height): (i32, i32)) -> (i32, i32) {
    match shape {
        Shape::Box | Shape::Round => (width + 28, height + 18),
        Shape::Pill => (width + 40, height + 18),
        Shape::Circle => {
            let side = width.max(height) + 24;
            (side, side)
        }
        Shape::Diamond => (width + height + 36, width / 3 + height + 30),
    }
}

fn draw_box(svg: &mut Svg, shape: Shape, (x, y): (i32, i32), (width, height): (i32, i32)) {
    let (left, top) = (x - width / 2, y - height / 2);
    let radius = match shape {
        Shape::Box => 0,
        Shape::Round => 8,
        Shape::Pill | Shape::Circle => height / 2,
        Shape::Diamond => {
            let (right, bottom) = (left + width, top + height);
            svg.grow(right, bottom);
            let data = format!("M{x} {top}L{right} {y}L{x} {bottom}L{left} {y}z");
            return svg.path(&data, Stroke::Solid);
        }
    };
    svg.rect((left, top, width, height), radius, Stroke::Solid);
}
