//! The report of a team: the page, the table and the statements tell the same, of the team's own people alone.

use std::collections::BTreeSet;

use serde_json::Value;

use super::team_work::{assign, company};

/// The cells of a table as RFC 4180 has it.
fn cells(table: &str) -> Vec<Vec<String>> {
    let (mut lines, mut line, mut cell, mut is_quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = table.chars().peekable();
    while let Some(char) = chars.next() {
        match (is_quoted, char) {
            (true, '"') if chars.peek() == Some(&'"') => cell.extend(chars.next()),
            (_, '"') => is_quoted = !is_quoted,
            (false, ',') => line.push(std::mem::take(&mut cell)),
            (false, '\r') if chars.peek() == Some(&'\n') => {
                chars.next();
                line.push(std::mem::take(&mut cell));
                lines.push(std::mem::take(&mut line));
            }
            _ => cell.push(char),
        }
    }
    assert!(!is_quoted && line.is_empty() && cell.is_empty(), "a table ends with a line");
    lines
}

#[tokio::test]
async fn the_table_has_a_line_for_each_thing_that_somebody_is_asked() {
    let mut company = company("5").await;
    let mut ada = company.join("ada@company.example").await;
    ada.post("/account/", &[("name", "=HYPERLINK(\"http://evil.example\",\"Ada\")")]).await;
    company.academy.pass(121);
    let mut bob = company.join("bob@company.example").await;
    bob.post("/account/", &[("name", "鲍勃, \"Bob\"")]).await;
    company.academy.pass(121);
    company.invite("+cem@company.example").await;
    let mut boss = company.boss.clone();
    assign(&company, &mut boss, "track:systems", "2027-02-01", &[]).await;
    assign(&company, &mut boss, "course:rust", "2027-01-20", &["鲍勃, &quot;Bob&quot;"]).await;
    company.academy.pass(7 * 86_400);
    let page = boss.open(&format!("/team/report/csv/?order={}", company.order)).await;
    assert_eq!(page.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(page.header("content-disposition"), "attachment; filename=\"team-2027-01-22.csv\"");
    assert_eq!(page.header("cache-control"), "no-store");
    let text = page.text();
    let table = cells(text.strip_prefix('\u{feff}').expect("the mark of UTF-8"));
    let widths: BTreeSet<usize> = table.iter().map(Vec::len).collect();
    assert_eq!(widths, BTreeSet::from([12]), "{table:?}");
    for cell in table.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "a formula: {cell}");
    }
    let found: Vec<String> = table
        .iter()
        .map(|line| [&line[0], &line[3], &line[7], &line[10], &line[11]].map(String::as_str).join(" | "))
        .collect();
    assert_eq!(
        found,
        [
            "name | seat | assigned | due_on | overdue",
            "'=HYPERLINK(\"http://evil.example\",\"Ada\") | accepted | track:systems | 2027-02-01 | no",
            "鲍勃, \"Bob\" | accepted | course:rust | 2027-01-20 | yes",
            "鲍勃, \"Bob\" | accepted | track:systems | 2027-02-01 | no",
            " | invited | track:systems | 2027-02-01 | no",
        ]
    );
    assert_eq!((table[4][1].as_str(), table[4][2].as_str()), ("'+cem@company.example", ""));
    assert_eq!((table[1][5].as_str(), table[1][6].as_str()), ("2027-01-15", "2027-01-15"));

    // Whoever has no seat any more is in nothing that is told from then on.
    company.revoke("bob@company.example").await;
    for path in ["/team/report/", "/team/report/csv/", "/team/report/xapi/"] {
        let page = boss.open(&format!("{path}?order={}", company.order)).await;
        assert!(!page.shows("bob@company.example") && !page.shows("鲍勃"), "{path}: {}", page.text());
    }
}

#[tokio::test]
async fn the_page_tells_what_is_known() {
    let mut company = company("3").await;
    company.join("ada@company.example").await;
    company.invite("bob@company.example").await;
    let mut boss = company.boss.clone();
    assign(&company, &mut boss, "course:rust", "2027-01-16", &[]).await;
    let page = boss.open(&format!("/team/report/?order={}", company.order)).await;
    for text in [
        "ada@company.example",
        "Has a seat",
        "since 15 Jan 2027",
        "Last here: 15 Jan 2027",
        "Invited",
        "By 16 Jan 2027",
    ] {
        assert!(page.shows(text), "{text}: {}", page.text());
    }
    let chinese = boss.open(&format!("/zh/team/report/?order={}", company.order)).await;
    for text in ["团队进展", "最近来访: 2027年1月15日", "2027年1月16日前"] {
        assert!(chinese.shows(text), "{text}: {}", chinese.text());
    }
}

#[tokio::test]
async fn statements_are_valid_and_a_second_import_changes_nothing() {
    let mut company = company("4").await;
    let mut ada = company.join("ada@company.example").await;
    ada.post("/account/", &[("name", "Ada")]).await;
    company.academy.pass(121);
    company.join("bob@company.example").await;
    company.invite("cem@company.example").await;
    let mut boss = company.boss.clone();
    assign(&company, &mut boss, "track:systems", "2027-02-01", &[]).await;
    assign(&company, &mut boss, "course:rust", "2027-01-20", &["Ada"]).await;
    let mut read = async |language: &str| {
        let page = boss.open(&format!("{language}/team/report/xapi/?order={}", company.order)).await;
        assert_eq!(page.header("content-type"), "application/json");
        let statements: Vec<Value> = serde_json::from_str(&page.text()).expect("an array");
        for text in ["ada@", "bob@", "boss@", "cem@", "Ada"] {
            assert!(!page.shows(text), "a person is named: {text}");
        }
        statements
    };
    let first = read("").await;
    assert_eq!(first.len(), 2 + 3, "two seats, and three times somebody is asked");
    first.iter().for_each(xapi::check);
    let ids: BTreeSet<&str> =
        first.iter().map(|statement| statement["id"].as_str().expect("an id")).collect();
    assert_eq!(ids.len(), first.len());
    let actors: BTreeSet<String> = first.iter().map(|statement| statement["actor"].to_string()).collect();
    assert_eq!(actors.len(), 2);
    let objects: BTreeSet<&str> =
        first.iter().map(|statement| statement["object"]["id"].as_str().expect("an IRI")).collect();
    let site = "https://small.example";
    let expected = ["/#tier-pro", "/courses/rust/", "/tracks/systems/"].map(|path| format!("{site}{path}"));
    assert_eq!(objects, expected.iter().map(String::as_str).collect());
    company.academy.pass(86_400);
    assert_eq!((read("").await, read("/zh").await), (first.clone(), first), "later, and in another language");
}

/// The rules of the Experience API 1.0.3 (part two, "Data") for what we write.
mod xapi {
    use serde_json::{Map, Value};

    fn only<'a>(value: &'a Value, allowed: &[&str], required: &[&str]) -> &'a Map<String, Value> {
        let object = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
        for (key, value) in object {
            // 2.2: no other properties, and no null.
            assert!(allowed.contains(&key.as_str()), "`{key}` is no property");
            assert!(!value.is_null(), "`{key}` is null");
        }
        for key in required {
            assert!(object.contains_key(*key), "`{key}` is missing: {value}");
        }
        object
    }

    fn iri(value: &Value) {
        let text = value.as_str().expect("a text");
        let (scheme, rest) = text.split_once("://").expect("an absolute IRI");
        assert!(matches!(scheme, "http" | "https") && rest.contains('/'), "{text}");
        assert!(!text.contains(|char: char| char.is_whitespace() || "<>\"{}|\\^`".contains(char)), "{text}");
    }

    /// 4.2: keys are language tags, values are text.
    fn language_map(value: &Value) {
        for (tag, text) in value.as_object().expect("a map") {
            let is_tag = tag.split('-').all(|part| {
                (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
            });
            assert!(is_tag && text.is_string(), "{tag}: {text}");
        }
    }

    /// 2.4.2.1 and 2.4.2.3: exactly one way to name somebody; an account has a home and a name.
    fn agent(value: &Value) {
        let agent = only(value, &["objectType", "account"], &["account"]);
        assert_eq!(agent.get("objectType"), Some(&Value::from("Agent")));
        let account = only(&agent["account"], &["homePage", "name"], &["homePage", "name"]);
        iri(&account["homePage"]);
        assert!(account["name"].as_str().is_some_and(|name| !name.is_empty()));
    }

    fn uuid(value: &Value) {
        let text = value.as_str().expect("a text");
        let lengths: Vec<usize> = text.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{text}");
        assert!(text.bytes().all(|byte| byte == b'-' || matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{text}");
        assert!(
            matches!(text.as_bytes()[14], b'1'..=b'5') && b"89ab".contains(&text.as_bytes()[19]),
            "{text}"
        );
    }

    pub(super) fn check(value: &Value) {
        let allowed = ["id", "actor", "verb", "object", "context", "timestamp"];
        let statement = only(value, &allowed, &["id", "actor", "verb", "object", "timestamp"]);
        uuid(&statement["id"]);
        agent(&statement["actor"]);
        let verb = only(&statement["verb"], &["id", "display"], &["id"]);
        iri(&verb["id"]);
        assert_eq!(verb["id"], "http://adlnet.gov/expapi/verbs/registered");
        language_map(&verb["display"]);
        let object = only(&statement["object"], &["objectType", "id", "definition"], &["id"]);
        assert_eq!(object.get("objectType"), Some(&Value::from("Activity")));
        iri(&object["id"]);
        let definition = only(&object["definition"], &["name", "type"], &[]);
        definition.get("name").into_iter().for_each(language_map);
        definition.get("type").into_iter().for_each(iri);
        // 4.5: a time with its zone.
        let at = statement["timestamp"].as_str().expect("a text");
        assert!(at.len() == 20 && at.ends_with('Z') && at.as_bytes()[10] == b'T', "{at}");
        let context = only(&statement["context"], &["platform", "instructor", "extensions"], &[]);
        // 2.4.6: a platform is text, and only there because the object is an activity.
        assert!(context["platform"].is_string());
        context.get("instructor").into_iter().for_each(agent);
        for key in context.get("extensions").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
            iri(&Value::from(key.as_str()));
        }
    }
}
