use super::*;

const TITLE: Frame = Frame { width: 1040.0, n_lines: 3, largest: 84.0, smallest: 52.0 };

#[track_caller]
fn lines(text: &str, frame: Frame) -> Vec<String> {
    let fitted = fit(text, Font::Title, frame);
    let limit = frame.width / fitted.size;
    for line in &fitted.lines {
        assert!(font::width(line, Font::Title) <= limit || line.chars().count() <= 2, "{line} is too wide");
    }
    assert!(fitted.lines.len() <= frame.n_lines && fitted.size >= frame.smallest);
    fitted.lines
}

#[test]
fn short_titles_are_large_and_stand_on_one_line() {
    assert_eq!(fit("Moves", Font::Title, TITLE), Fitted { size: 84.0, lines: vec!["Moves".to_owned()] });
    assert_eq!(fit("  ", Font::Title, TITLE).lines, Vec::<String>::new());
}

#[test]
fn lines_are_about_equally_long() {
    let found = lines("Ownership, borrowing and lifetimes for people who know C", TITLE);
    assert_eq!(found, ["Ownership, borrowing", "and lifetimes for", "people who know C"]);
}

#[test]
fn long_texts_are_cut_with_an_ellipsis() {
    let found = lines(&"exact reading rooms ".repeat(20), TITLE);
    assert!(found.len() == 3 && found[2].ends_with('…') && !found[2].ends_with(" …"), "{found:?}");
    let found = lines(&"x".repeat(400), TITLE);
    assert!(found.iter().any(|line| line.ends_with('…')), "{found:?}");
}

#[test]
fn chinese_breaks_between_characters_but_not_before_punctuation() {
    let frame = Frame { width: 500.0, n_lines: 4, largest: 100.0, smallest: 60.0 };
    for text in [
        "所有权，借用与生命周期：写给会写程序的人。",
        "“移动”与（复制），值去了哪里？谁负责释放？",
        "一二三四五，六七八九十。甲乙丙丁",
    ] {
        let found = lines(text, frame);
        assert!(found.len() > 1, "{found:?}");
        assert_eq!(found.concat(), text);
        for line in &found {
            let (first, last) = (line.chars().next(), line.chars().last());
            assert!(!first.is_some_and(|first| "，。：？）”、".contains(first)), "{found:?}");
            assert!(!last.is_some_and(|last| "（“".contains(last)), "{found:?}");
        }
    }
}

#[test]
fn words_stay_whole_in_chinese_text() {
    let frame = Frame { width: 400.0, n_lines: 5, largest: 80.0, smallest: 40.0 };
    let found = lines("用 Rust 写 WebAssembly 程序", frame);
    for word in ["Rust", "WebAssembly"] {
        assert!(found.iter().any(|line| line.contains(word)), "{found:?}");
    }
}

#[test]
fn fonts_know_what_they_lack() {
    assert!(can_write("Größe — “Żółć” 12 € → 你好，世界！かな"));
    for text in ["Привет", "안녕", "שלום", "🙂", "龘"] {
        assert!(!can_write(text), "{text}");
    }
}

#[test]
fn a_card_is_a_small_png_of_the_right_size_and_colours() {
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='1200' height='630' viewBox='0 0 1200 630'>\
        <rect width='1200' height='630' fill='#fff'/><rect width='600' height='630' fill='#0a4f99'/>\
        <text x='80' y='300' font-family='Inter Display' font-weight='600' font-size='84' fill='#1d2129'>Moves 移动</text></svg>";
    let card = draw(svg).expect("a card");
    assert_eq!(card, draw(svg).expect("the same card"));
    assert!(card.len() < 20_000, "{}", card.len());
    let picture = image::load_from_memory(&card).expect("a PNG").into_rgb8();
    assert_eq!(picture.dimensions(), (1200, 630));
    assert_eq!(
        (picture.get_pixel(10, 10).0, picture.get_pixel(1100, 10).0),
        ([10, 79, 153], [255, 255, 255])
    );
    let dark = |from: u32, to: u32| (from..to).any(|x| (230..310).any(|y| picture.get_pixel(x, y).0[2] < 60));
    assert!(dark(80, 340) && dark(360, 520), "both scripts are drawn");
}

#[test]
fn what_is_no_drawing_is_no_card() {
    assert!(draw("<p>").is_err() && draw("").is_err());
}

#[test]
fn a_card_loads_nothing() {
    let with = |inner: &str| {
        draw(&format!("<svg xmlns='http://www.w3.org/2000/svg' width='1200' height='630'>{inner}</svg>"))
    };
    assert_eq!(with("<image href='/etc/passwd.png' width='9' height='9'/>"), with(""));
}
