//! Orders and circles of a directed graph.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// Things by number, each with those that must come before it.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// For each thing, what must come before it, and a number that the caller gave to the edge.
    before: Vec<Vec<(usize, usize)>>,
}

/// For each thing, from which thing and by which edge it was reached.
type Reached = Vec<Option<(usize, usize)>>;

impl Graph {
    /// A graph of things without edges.
    pub(crate) fn new(n_things: usize) -> Self {
        Self { before: vec![Vec::new(); n_things] }
    }

    /// Says that `first` must come before `then`.
    pub(crate) fn add(&mut self, first: usize, then: usize, edge: usize) {
        self.before[then].push((first, edge));
    }

    /// All things, each after what must come before it; of several that could be next, the lowest number. What is part
    /// of a circle or behind one is missing. Cost: O((things + edges) log things).
    pub(crate) fn order(&self) -> Vec<usize> {
        let mut n_open: Vec<usize> = self.before.iter().map(Vec::len).collect();
        let mut after = vec![Vec::new(); self.before.len()];
        for (then, before) in self.before.iter().enumerate() {
            for (first, _) in before {
                after[*first].push(then);
            }
        }
        let free = n_open.iter().enumerate().filter(|(_, n)| **n == 0);
        let mut free: BinaryHeap<Reverse<usize>> = free.map(|(thing, _)| Reverse(thing)).collect();
        let mut order = Vec::with_capacity(self.before.len());
        while let Some(Reverse(thing)) = free.pop() {
            order.push(thing);
            for then in &after[thing] {
                n_open[*then] -= 1;
                if n_open[*then] == 0 {
                    free.push(Reverse(*then));
                }
            }
        }
        order
    }

    /// One circle for each group of things that wait for one another, as the numbers of its edges, each from a thing to
    /// one that must come before it. It is a shortest one through the lowest number that is in any.
    pub(crate) fn circles(&self) -> Vec<Vec<usize>> {
        let mut is_done = self.outside();
        let mut circles = Vec::new();
        for thing in 0..self.before.len() {
            if is_done[thing] {
                continue;
            }
            let (came_from, edges) = self.shortest(thing, &is_done);
            if let Some(circle) = edges {
                circles.push(circle);
                // Everything that waits for this circle was found with it, so only other groups are left.
                self.forget(&came_from, thing, &mut is_done);
            }
        }
        circles
    }

    /// What can be in no circle: everything before them all, and everything behind them all.
    fn outside(&self) -> Vec<bool> {
        let mut is_done = vec![false; self.before.len()];
        self.order().into_iter().for_each(|thing| is_done[thing] = true);
        let mut n_waiting = vec![0_usize; self.before.len()];
        self.before.iter().flatten().for_each(|(first, _)| n_waiting[*first] += 1);
        let mut free: Vec<usize> = (0..self.before.len()).filter(|thing| n_waiting[*thing] == 0).collect();
        while let Some(thing) = free.pop() {
            is_done[thing] = true;
            for (first, _) in &self.before[thing] {
                n_waiting[*first] -= 1;
                if n_waiting[*first] == 0 {
                    free.push(*first);
                }
            }
        }
        is_done
    }

    /// Breadth first along "must come before", from `start` back to it. Gives what was reached, and the circle.
    fn shortest(&self, start: usize, is_done: &[bool]) -> (Reached, Option<Vec<usize>>) {
        let mut came_from: Reached = vec![None; self.before.len()];
        let mut queue = VecDeque::from([start]);
        let mut closing = None;
        while let Some(thing) = queue.pop_front() {
            for (first, edge) in &self.before[thing] {
                if *first == start && closing.is_none() {
                    closing = Some((thing, *edge));
                }
                if !is_done[*first] && *first != start && came_from[*first].is_none() {
                    came_from[*first] = Some((thing, *edge));
                    queue.push_back(*first);
                }
            }
        }
        let circle = closing.map(|(mut thing, edge)| {
            let mut edges = vec![edge];
            while let Some((from, edge)) = came_from[thing].filter(|_| thing != start) {
                edges.push(edge);
                thing = from;
            }
            edges.reverse();
            edges
        });
        (came_from, circle)
    }

    /// Leaves out the group of `start`: what it waits for and what, in turn, waits for it.
    fn forget(&self, reached: &Reached, start: usize, is_done: &mut [bool]) {
        let is_reached = |thing: usize| thing == start || reached[thing].is_some();
        let mut after = vec![Vec::new(); self.before.len()];
        for (then, before) in self.before.iter().enumerate().filter(|(then, _)| is_reached(*then)) {
            before
                .iter()
                .filter(|(first, _)| is_reached(*first))
                .for_each(|(first, _)| after[*first].push(then));
        }
        let mut queue = VecDeque::from([start]);
        is_done[start] = true;
        while let Some(thing) = queue.pop_front() {
            for then in &after[thing] {
                if !is_done[*then] {
                    is_done[*then] = true;
                    queue.push_back(*then);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn graph(n_things: usize, edges: &[(usize, usize)]) -> Graph {
        let mut graph = Graph::new(n_things);
        for (idx, (first, then)) in edges.iter().enumerate() {
            graph.add(*first, *then, idx);
        }
        graph
    }

    #[test]
    fn circles_are_found_once_and_are_short() {
        for (edges, expected) in [
            (&[(0, 1), (1, 2)][..], &[][..]),
            (&[(0, 0)], &[&[0][..]]),
            (&[(0, 1), (1, 0)], &[&[1, 0]]),
            (&[(0, 1), (1, 2), (2, 0), (1, 0)], &[&[3, 0]]),
            (&[(0, 1), (1, 0), (2, 3), (3, 2), (1, 2)], &[&[1, 0], &[3, 2]]),
            (&[(3, 0), (2, 3), (3, 2), (0, 1)], &[&[2, 1]]),
        ] {
            let circles = graph(4, edges).circles();
            assert_eq!(
                circles,
                expected.iter().map(|circle| circle.to_vec()).collect::<Vec<_>>(),
                "{edges:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn an_order_keeps_every_edge(edges in prop::collection::vec((0..30_usize, 0..30_usize), 0..80)) {
            let edges: Vec<_> = edges.into_iter().filter(|(first, then)| first < then).collect();
            let order = graph(30, &edges).order();
            let mut place = [None; 30];
            order.iter().enumerate().for_each(|(at, thing)| place[*thing] = Some(at));
            prop_assert_eq!(order.len(), 30);
            for (first, then) in edges {
                prop_assert!(place[first] < place[then]);
            }
        }

        #[test]
        fn there_is_an_order_or_a_circle(edges in prop::collection::vec((0..12_usize, 0..12_usize), 0..20)) {
            let graph = graph(12, &edges);
            let circles = graph.circles();
            prop_assert_eq!(graph.order().len() == 12, circles.is_empty());
            for circle in circles {
                for (idx, edge) in circle.iter().enumerate() {
                    let next = circle[(idx + 1) % circle.len()];
                    prop_assert_eq!(edges[*edge].0, edges[next].1, "each edge begins where the last one ended");
                }
            }
        }
    }
}
