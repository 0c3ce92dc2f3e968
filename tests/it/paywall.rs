//! Paid text leaves by no door.
//!
//! That these tests can fail was tried on a copy: a gate that serves everybody, a gate that serves visitors, a
//! teaser with the whole text, a cookie that is believed for ever, and a thread without a gate each made one of
//! them fail. `whoever_paid_reads_every_word` is the control: what it finds, the others could find.

pub(crate) mod canaries;
mod scan;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::OnceLock;

use canaries::{FILES, GUARDED, KINDS, KIT, LANGUAGES, MEMBERS, PAID};
use lyceum_contract::manifest::{self, CourseManifest};
use lyceum_contract::paths;
use lyceum_tests::academy::Visitor;
use lyceum_tests::server::mailed_code;
use lyceum_tests::{Academy, Files, Page, Scratch, Server};
use scan::words_in;

use crate::variants;

pub(crate) fn vault() -> &'static Files {
    static FILES: OnceLock<Files> = OnceLock::new();
    FILES.get_or_init(|| canaries::content().files())
}

/// The addresses of everything sealed, as readers know them.
fn sealed_addresses() -> Vec<String> {
    let sealed = vault()
        .keys()
        .filter_map(|path| path.strip_prefix(paths::SEALED)?.strip_suffix(paths::SEALED_SUFFIX));
    sealed.map(|path| path.strip_suffix("index.html").unwrap_or(path).to_owned()).collect()
}

#[test]
fn no_public_file_holds_a_guarded_word() {
    let mut n_bytes = 0;
    for (path, bytes) in vault() {
        let mut found = words_in(bytes);
        // What a download is called stands in its address, which nobody learns without the lesson.
        if path.starts_with(paths::SEALED) {
            found.retain(|word| !word.contains("filename"));
        }
        assert!(found.is_empty(), "{path} holds {found:?}");
        n_bytes += bytes.len();
    }
    assert!(vault().len() > 40 && n_bytes > 100_000, "{} files, {n_bytes} bytes", vault().len());
}

#[test]
fn previews_and_summaries_are_public() {
    for (_, prefix, _) in LANGUAGES {
        let teaser = String::from_utf8_lossy(&vault()[&format!("{prefix}/courses/vault/part/index.html")])
            .into_owned();
        for public in ["Everybody reads this preview.", "Everybody reads this note.", "A public heading"] {
            assert!(teaser.contains(public), "{public}");
        }
    }
}

#[tokio::test]
async fn whoever_paid_reads_every_word() {
    let academy = Academy::of(vault());
    let mut buyer = academy.buyer("buyer@example.org", "vault").await;
    for lesson in GUARDED {
        for (language, prefix, _) in LANGUAGES {
            let page = buyer.open(&lesson.path(prefix)).await;
            // Comments in the source are for authors.
            for kind in KINDS.into_iter().filter(|kind| *kind != "comment") {
                let word = lesson.word(language, kind);
                assert!(page.shows(&word), "`{word}` is not on {}", page.address);
            }
        }
    }
    let mut seen = BTreeSet::new();
    for address in sealed_addresses() {
        seen.extend(words_in(&buyer.get(&address).await.body));
    }
    for lesson in GUARDED {
        for (language, ..) in LANGUAGES {
            for (_, kind) in FILES {
                // What a camera or a program wrote into a picture is for nobody, buyers included.
                assert_eq!(
                    seen.contains(&lesson.word(language, kind)),
                    kind != "pngmetadata",
                    "{kind} of {} in {language}",
                    lesson.slug
                );
            }
        }
    }
}

#[tokio::test]
async fn a_product_is_read_by_its_buyers_and_nobody_else() {
    let academy = Academy::of(vault());
    let mut owner = academy.buyer("owner@example.org", "kit").await;
    let mut reader = academy.buyer("reader@example.org", "vault").await;
    let mut member = academy.member("member@example.org").await;
    let mut nobody = academy.browser();
    for (language, prefix, _) in LANGUAGES {
        let path = KIT.path(prefix);
        let page = owner.open(&path).await;
        for kind in KINDS.into_iter().filter(|kind| *kind != "comment") {
            assert!(page.shows(&KIT.word(language, kind)), "`{kind}` is not on {}", page.address);
        }
        for visitor in [&mut reader, &mut member, &mut nobody] {
            let page = visitor.open(&path).await;
            assert!(page.shows("Everybody reads this preview.") && !page.shows(PAID), "{}", page.address);
            assert_eq!(
                page.header("cache-control"),
                "private, no-cache",
                "the same address shows more to others"
            );
        }
    }
    let files: Vec<String> =
        sealed_addresses().into_iter().filter(|path| path.starts_with("/products/zqpaidkit")).collect();
    let mut seen = BTreeSet::new();
    for address in &files {
        seen.extend(words_in(&owner.get(address).await.body));
        for visitor in [&mut reader, &mut member, &mut nobody] {
            assert_eq!(visitor.get(address).await.status, 404, "{address}");
        }
    }
    for word in ["svgtext", "download"].map(|kind| KIT.word("zh", kind)) {
        assert!(seen.contains(&word), "{word} is in none of {files:?}");
    }
    let lesson = owner.open(&GUARDED[0].path("")).await;
    assert!(!lesson.shows(&GUARDED[0].word("en", "body")), "a product opens no lesson");
}

#[tokio::test]
async fn whoever_has_an_account_reads_what_is_for_members() {
    let academy = Academy::of(vault());
    let mut member = academy.member("member@example.org").await;
    let circle = GUARDED[3];
    for (language, prefix, _) in LANGUAGES {
        let page = member.open(&circle.path(prefix)).await;
        assert!(page.shows(&circle.word(language, "body")), "{prefix}");
    }
}

/// Everybody who must not read the vault, each with what they must not see.
pub(crate) async fn outsiders(academy: &Academy) -> Vec<(&'static str, Visitor, Vec<&'static str>)> {
    let mut expired = academy.buyer("expired@example.org", "pro-90d").await;
    academy.pass_days(89, &mut expired).await;
    academy.pass(86_400 - 1);
    assert!(expired.open("/courses/vault/whole/").await.shows(PAID), "one second is left");
    let stale = expired.clone();
    let mut revived = expired.clone();
    academy.pass(1);
    let page = expired.open("/account/").await;
    assert!(page.shows("expired@example.org") && !page.shows("until"), "signed in, and the pass has ended");
    let mut signed_out = academy.buyer("gone@example.org", "vault").await;
    let kept = signed_out.cookies.clone();
    let account = signed_out.open("/account/").await;
    signed_out.submit(&account.form("/sign-out/")).await;
    // A thief who kept the cookie reads for ten minutes at most.
    signed_out.cookies = kept;
    academy.pass(600);
    for value in revived.cookies.values_mut() {
        *value = value.replace("local.", "local.e30").replace('A', "B");
    }
    vec![
        ("nobody", academy.browser(), vec![PAID, MEMBERS]),
        ("a member who bought nothing", academy.member("member@example.org").await, vec![PAID]),
        ("a member whose pass has ended", expired, vec![PAID]),
        ("the same with the old cookie", stale, vec![PAID]),
        ("a buyer of the other course", academy.buyer("other@example.org", "other").await, vec![PAID]),
        ("a thief of an old cookie", signed_out, vec![PAID, MEMBERS]),
        ("a forger of cookies", revived, vec![PAID, MEMBERS]),
    ]
}

/// Every place where a request may lead: lessons, their files, their threads, the app's pages, every public file.
fn addresses() -> BTreeSet<String> {
    let mut all: BTreeSet<String> = sealed_addresses().into_iter().collect();
    let course: CourseManifest =
        manifest::parse(&vault()["/_lyceum/courses/vault.json"]).expect("a manifest");
    for lesson in &course.lessons {
        all.extend(lesson.pages.values().map(|page| page.path.clone()));
        all.extend(["", "/zh"].map(|prefix| format!("{prefix}{}{}/", paths::DISCUSS, lesson.id)));
    }
    for prefix in ["", "/zh"] {
        all.extend(paths::APP_PREFIXES.map(|path| format!("{prefix}{path}")));
        all.extend(
            [paths::SIGN_IN_CODE, paths::SIGN_IN_LINK, paths::CHECKOUT_RETURN]
                .map(|path| format!("{prefix}{path}")),
        );
    }
    all.extend(paths::PROGRAMS.map(str::to_owned));
    all.extend([paths::SEALED, paths::LYCEUM, "/_sealed/"].map(str::to_owned));
    all.extend(vault().keys().cloned());
    all
}

/// Bodies that were looked through, by their length: most answers are one of a few.
#[derive(Default)]
struct Known(BTreeMap<usize, Vec<Seen>>);

/// A body and the words in it.
type Seen = (Vec<u8>, BTreeSet<String>);

impl Known {
    fn words_in(&mut self, body: &[u8]) -> BTreeSet<String> {
        let same_length = self.0.entry(body.len()).or_default();
        if let Some((_, words)) = same_length.iter().find(|(known, _)| known == body) {
            return words.clone();
        }
        let words = words_in(body);
        same_length.push((body.to_vec(), words.clone()));
        words
    }
}

fn check(who: &str, forbidden: &[&str], page: &Page, what: &str, known: &mut Known) {
    let mut seen = known.words_in(&page.body);
    for value in page.headers.values() {
        seen.extend(known.words_in(value.as_bytes()));
    }
    // What was asked for may be said back.
    let asked = page.address.to_lowercase();
    seen.retain(|word| {
        forbidden.iter().any(|prefix| word.starts_with(prefix)) && !asked.contains(word.as_str())
    });
    assert!(seen.is_empty(), "{who}: {what} {} shows {seen:?}", page.address);
}

#[tokio::test]
async fn nobody_else_sees_a_word_by_any_door() {
    let academy = Academy::of(vault());
    let mut buyer = academy.buyer("author@example.org", "vault").await;
    let thread = "/discuss/vault/whole/";
    let form = buyer.open(thread).await.form(thread).fill("text", &format!("She writes {PAID}incomment"));
    assert!(buyer.submit(&form).await.shows("incomment"));
    academy.pass(150);
    let (mut n_answers, mut known) = (0, Known::default());
    for (who, browser, forbidden) in outsiders(&academy).await {
        // Each variant starts with the same cookies.
        for address in addresses() {
            for variant in variants::of(&address) {
                let mut browser = browser.clone();
                let Some(request) = variant.request(&browser) else { continue };
                let page = browser.send(request).await;
                check(who, &forbidden, &page, variant.name, &mut known);
                assert!(
                    page.status.as_u16() < 500,
                    "{who}: {} {} answers {}",
                    variant.name,
                    page.address,
                    page.status
                );
                n_answers += 1;
            }
        }
    }
    assert!(n_answers > 40 * 200, "{n_answers} answers");
}

/// What a server answers to bytes that no library would send.
fn raw_answer(server: &Server, method: &str, target: &str, cookie: &str) -> Vec<u8> {
    raw_answer_under(authority(server), server, method, target, cookie)
}

fn authority(server: &Server) -> &str {
    server.origin().trim_start_matches("http://")
}

/// The same, asked under another name.
fn raw_answer_under(host: &str, server: &Server, method: &str, target: &str, cookie: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(authority(server)).expect("the server listens");
    let cookie = if cookie.is_empty() { String::new() } else { format!("cookie: {cookie}\r\n") };
    let request = format!("{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{cookie}\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    // A server may end the connection without reading all of a request that it refuses.
    let _ = stream.read_to_end(&mut answer);
    answer
}

#[tokio::test]
async fn codes_are_shown_at_the_machine_itself_only() {
    let (content, data) = (canaries::content(), Scratch::new());
    let server = Server::start(content.path(), data.path());
    let mut member = server.browser();
    let asked = member.open("/sign-in/").await.form("/sign-in/").fill("email", "member@example.org");
    member.submit(&asked).await;
    for target in ["/outbox", "/outbox/", "/outbox.json", "/till/x"] {
        let status = |host: &str| {
            let answer =
                String::from_utf8_lossy(&raw_answer_under(host, &server, "GET", target, "")).into_owned();
            assert_eq!(
                answer.contains("member@example.org"),
                is_here(host) && target != "/till/x",
                "{host} {target}"
            );
            answer.split(' ').nth(1).unwrap_or_default().to_owned()
        };
        assert_eq!(status("evil.example"), "404", "{target}");
        assert_eq!(status("127.0.0.1.evil.example:80"), "404", "{target}");
        assert_eq!(status("localhost"), if target == "/till/x" { "404" } else { "200" }, "{target}");
    }
}

fn is_here(host: &str) -> bool {
    host == "localhost"
}

#[tokio::test]
async fn the_real_server_gives_nothing_away_either() {
    let (content, data) = (canaries::content(), Scratch::new());
    let server = Server::start(content.path(), data.path());
    let mut member = server.browser();
    let asked = member.open("/sign-in/").await.form("/sign-in/").fill("email", "member@example.org");
    let code_page = member.submit(&asked).await;
    let code = mailed_code(&mut member, "member@example.org").await.expect("a mail");
    member.submit(&code_page.form("/sign-in/code/").fill("code", &code)).await;
    let cookies: Vec<String> = member.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert!(member.open(&GUARDED[3].path("")).await.shows(MEMBERS), "members read what is for members");
    let mut n_answers = 0;
    for (cookie, forbidden) in [("", vec![PAID, MEMBERS]), (&cookies.join("; "), vec![PAID])] {
        let mut addresses: Vec<String> =
            GUARDED.iter().flat_map(|lesson| ["", "/zh"].map(|prefix| lesson.path(prefix))).collect();
        addresses.extend(sealed_addresses().into_iter().filter(|path| path.contains("wholeen")));
        for address in &addresses {
            let sealed = paths::sealed_path(address);
            let more = [
                "*".to_owned(),
                sealed.trim_start_matches('/').to_owned(),
                format!("/..{sealed}"),
                format!("/../site/public{sealed}"),
                format!("/assets/..{sealed}"),
                format!("/.public.old{address}"),
                format!("{address}\\..\\index.html"),
                format!("file://{sealed}"),
            ];
            let spellings = variants::spellings(address).into_iter().map(|(_, path)| path);
            for target in spellings.chain(more) {
                for method in ["GET", "HEAD"] {
                    let mut seen = words_in(&raw_answer(&server, method, &target, cookie));
                    let asked = target.to_lowercase();
                    seen.retain(|word| {
                        forbidden.iter().any(|prefix| word.starts_with(prefix))
                            && !asked.contains(word.as_str())
                    });
                    assert!(seen.is_empty(), "{method} {target} shows {seen:?}");
                    n_answers += 1;
                }
            }
        }
    }
    assert!(n_answers > 2_000, "{n_answers}");
}

#[tokio::test]
async fn a_picture_that_lies_elsewhere_is_shown_to_buyers() {
    let picture = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"><title>zqpaidelsewhere</title></svg>";
    let content = canaries::content();
    let lesson = content.text("courses/vault/02-whole.md") + "\n![x](../../instructors/ada.svg)\n";
    let files = content
        .with("instructors/ada.svg", picture)
        .with("instructors/ada.md", "---\nname: Ada\n---\n\nAda.\n")
        .with("courses/vault/02-whole.md", lesson)
        .files();
    let academy = Academy::of(&files);
    let mut buyer = academy.buyer("buyer@example.org", "vault").await;
    let page = buyer.open("/courses/vault/whole/").await.text();
    let at = page.find("/instructors/ada.").expect("the picture is on the page");
    let address = page[at..].split('"').next().expect("the address ends");
    assert!(buyer.open(address).await.shows("zqpaidelsewhere"), "{address}");
    assert!(!academy.browser().open(address).await.shows("zqpaidelsewhere"), "{address}");
    let mut member = academy.member("member@example.org").await;
    academy.pass(31);
    let refused = member.get(address).await;
    assert!(!refused.shows("zqpaidelsewhere") && refused.headers.contains_key("set-cookie"));
    assert_eq!(refused.header("cache-control"), "private, no-cache", "a cookie is for one person");
}
