use super::*;

fn drawn(source: &str) -> Drawing {
    draw(source).unwrap_or_else(|error| panic!("{source}: {error:?}"))
}

/// Every number of an attribute of the picture.
fn numbers(svg: &str, attribute: &str) -> Vec<i32> {
    let start = format!(" {attribute}=\"");
    let pieces = svg.split(&start).skip(1);
    pieces.map(|piece| piece.split('"').next().expect("a value").parse().expect("a number")).collect()
}

#[test]
fn charts_say_what_they_show() {
    for (source, expected) in [
        ("flowchart LR\nA[Write] --> B(Build)", "Write → Build"),
        ("graph TD; A-->B; B --> C[one; two];", "A → B; B → one; two"),
        ("graph TD\nA --> B & C --> D", "A → B; A → C; B → D; C → D"),
        (
            "flowchart\nA{\"is it (so)?\"} -- yes --> B\nA -->|no| C;",
            "is it (so)? → B (yes); is it (so)? → C (no)",
        ),
        ("flowchart TD\nA --- B\nB <--> C\nD", "A – B; B ↔ C; D"),
        ("sequenceDiagram\nparticipant A as Ann\nA->>B: Hi\nB-->>A: Ho", "Ann → B: Hi; B → Ann: Ho"),
        ("sequenceDiagram\nA->>A: think\nNote over A,B: a<br>b", "A → A: think; a b"),
    ] {
        assert_eq!(drawn(source).summary, expected, "{source}");
    }
    assert_eq!(drawn("flowchart\naccTitle: The loop\nA-->A").title.as_deref(), Some("The loop"));
}

#[test]
fn boxes_do_not_overlap() {
    let source = "flowchart TD\nA[one] --> B[two words] & C[three] & D[四个字]\nB & C & D --> E\nA --> E\nE --> A\nF --> C";
    for direction in ["TD", "LR", "BT", "RL"] {
        let drawing = drawn(&source.replace("TD", direction));
        let svg = drawing.svg.content();
        let [x, y, width, height] = ["x", "y", "width", "height"].map(|name| {
            let rects: String =
                svg.split("<rect").skip(1).map(|piece| piece.split("/>").next().expect("an end")).collect();
            numbers(&rects, name)
        });
        assert_eq!(x.len(), 6, "{svg}");
        let (w, h) = drawing.svg.size();
        for a in 0..x.len() {
            assert!(
                x[a] >= 0 && y[a] >= 0 && x[a] + width[a] <= w && y[a] + height[a] <= h,
                "{direction}: {svg}"
            );
            for b in 0..a {
                let apart = x[a] + width[a] <= x[b]
                    || x[b] + width[b] <= x[a]
                    || y[a] + height[a] <= y[b]
                    || y[b] + height[b] <= y[a];
                assert!(apart, "{direction}: {svg}");
            }
        }
    }
}

#[test]
fn what_cannot_be_drawn_has_a_place() {
    for (source, line, words) in [
        ("", 0, "empty"),
        ("pie\n\"a\": 1", 0, "`pie`"),
        ("flowchart XY", 0, "direction"),
        ("flowchart TD", 0, "without boxes"),
        ("flowchart TD\n%% fine\nA -> B", 2, "links such as"),
        ("flowchart TD\nA --> B[x", 1, "without `]`"),
        ("flowchart TD\nsubgraph x\nA\nend", 1, "name of a box"),
        ("flowchart TD\nA[[x]]", 1, "shape"),
        ("sequenceDiagram", 0, "nobody"),
        ("sequenceDiagram\nA says hi", 1, "such as"),
        ("sequenceDiagram\nloop x\nA->>B: y", 1, "without `end`"),
        ("sequenceDiagram\nA->>B: y\nend", 2, "ends nothing"),
        ("sequenceDiagram\nelse x\nA->>B: y", 1, "outside of a frame"),
        ("sequenceDiagram\nNote A: y", 1, "over A"),
    ] {
        let error = draw(source).expect_err(source);
        assert!(error.line == line && error.message.contains(words), "{source}: {error:?}");
    }
    let many = |n: usize| {
        (0..n).map(|n| ["A", &n.to_string(), "-->A", &(n + 1).to_string(), "\n"].concat()).collect::<String>()
    };
    assert!(draw(&format!("flowchart TD\n{}", many(140))).is_ok());
    assert!(draw(&format!("flowchart TD\n{}", many(500))).is_err());
    let long = format!("flowchart TD\n{}{}", many(100), "A0 --> A99\n".repeat(49));
    assert!(draw(&long).is_err_and(|error| error.message.contains("layers")));
}

proptest::proptest! {
    #[test]
    fn no_notation_ends_a_build(parts in proptest::collection::vec(proptest::sample::select(PARTS), 0..40)) {
        if let Ok(drawing) = draw(&parts.concat()) {
            let (width, height) = drawing.svg.size();
            proptest::prop_assert!(width > 0 && height > 0);
            proptest::prop_assert!(numbers(drawing.svg.content(), "width").iter().all(|width| *width >= 0));
        }
    }
}

const PARTS: &[&str] = &[
    "flowchart LR\n",
    "sequenceDiagram\n",
    "A",
    "B",
    "语",
    " --> ",
    " -- x --> ",
    "-.->",
    "<-->",
    "|y|",
    "[z]",
    "{z}",
    "((",
    "))",
    "\"",
    " & ",
    "\n",
    "\n",
    ";",
    "->>",
    "-->>",
    "-x",
    ": m\n",
    "loop x\n",
    "alt y\n",
    "else z\n",
    "end\n",
    "Note over A,B: n\n",
    "Note left of A: n\n",
    "activate A\n",
    "deactivate A\n",
    "participant C as D\n",
    "+",
    "-",
];
