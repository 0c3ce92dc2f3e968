//! The same corpus for other generators, with pages of about the same content: outline of the course, text, neighbours.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Another generator, if it is installed.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// The variable that names the program; without it, the name is looked for in the path.
    pub(crate) variable: &'static str,
    pub(crate) arguments: &'static [&'static str],
    /// Writes its source folder from the content of an academy.
    pub(crate) write: fn(content: &Path, folder: &Path) -> Result<()>,
}

pub(crate) const PEERS: [Peer; 3] = [
    Peer { name: "hugo", variable: "HUGO", arguments: &["--quiet"], write: hugo },
    Peer { name: "hugo without highlighting", variable: "HUGO", arguments: &["--quiet"], write: plain_hugo },
    Peer { name: "mdbook", variable: "MDBOOK", arguments: &["build"], write: mdbook },
];

impl Peer {
    /// The program to start.
    pub(crate) fn program(&self) -> PathBuf {
        let name = self.name.split(' ').next().unwrap_or(self.name);
        std::env::var_os(self.variable).map_or_else(|| name.into(), PathBuf::from)
    }
}

const HUGO_SETTINGS: &str = "\
baseURL = 'https://academy.example/'
title = 'A large academy'
[markup.goldmark.parser.attribute]
block = true
[markup.highlight]
noClasses = false
";

const HUGO_BASE: &str = "\
<!doctype html>
<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{{ .Title }}</title>
<meta name=\"description\" content=\"{{ .Description }}\"></head>
<body><main>{{ block \"main\" . }}{{ end }}</main></body></html>
";

const HUGO_LESSON: &str = "\
{{ define \"main\" }}{{ $here := . }}<nav><h2>{{ .CurrentSection.Title }}</h2><ol>
{{ range .CurrentSection.RegularPages.ByWeight }}<li{{ if eq . $here }} class=\"here\"{{ end }}><a href=\"{{ .RelPermalink }}\">{{ .Title }}</a></li>
{{ end }}</ol></nav>
<article><h1>{{ .Title }}</h1><p>{{ .ReadingTime }} min</p>{{ .Content }}</article>
<footer>{{ with .NextInSection }}<a rel=\"prev\" href=\"{{ .RelPermalink }}\">{{ .Title }}</a>{{ end }}
{{ with .PrevInSection }}<a rel=\"next\" href=\"{{ .RelPermalink }}\">{{ .Title }}</a>{{ end }}</footer>
<aside>{{ .TableOfContents }}</aside>{{ end }}
";

const HUGO_LIST: &str = "\
{{ define \"main\" }}<h1>{{ .Title }}</h1>{{ .Content }}<ul>
{{ range .Pages.ByWeight }}<li><a href=\"{{ .RelPermalink }}\">{{ .Title }}</a> {{ .Description }}</li>
{{ end }}</ul>{{ end }}
";

fn hugo(content: &Path, folder: &Path) -> Result<()> {
    let layouts = folder.join("layouts/_default");
    fs::create_dir_all(&layouts)?;
    fs::write(folder.join("hugo.toml"), HUGO_SETTINGS)?;
    for (name, text) in [("baseof.html", HUGO_BASE), ("single.html", HUGO_LESSON), ("list.html", HUGO_LIST)] {
        fs::write(layouts.join(name), text)?;
    }
    for course in courses(content)? {
        let place = folder.join("content").join(&course.name);
        fs::create_dir_all(&place)?;
        for (idx, (name, text)) in course.files.iter().enumerate() {
            let name = if name == "index.md" { "_index.md" } else { name };
            fs::write(place.join(name), text.replacen("---\n", &format!("---\nweight: {idx}\n"), 1))?;
        }
    }
    Ok(())
}

fn plain_hugo(content: &Path, folder: &Path) -> Result<()> {
    hugo(content, folder)?;
    let settings = format!("{HUGO_SETTINGS}codeFences = false\n");
    Ok(fs::write(folder.join("hugo.toml"), settings)?)
}

fn mdbook(content: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("book.toml"), "[book]\ntitle = \"A large academy\"\n")?;
    let mut summary = String::from("# Summary\n\n");
    for course in courses(content)? {
        let place = folder.join("src").join(&course.name);
        fs::create_dir_all(&place)?;
        for (name, text) in &course.files {
            let indent = if name == "index.md" { "" } else { "  " };
            writeln!(summary, "{indent}- [{name}]({}/{name})", course.name)?;
            let body = text.splitn(3, "---\n").nth(2).unwrap_or(text);
            fs::write(place.join(name), format!("# {name}\n{body}"))?;
        }
    }
    Ok(fs::write(folder.join("src/SUMMARY.md"), summary)?)
}

struct Course {
    name: String,
    /// The landing page first, then the lessons in order.
    files: Vec<(String, String)>,
}

fn courses(content: &Path) -> Result<Vec<Course>> {
    let mut courses = Vec::new();
    for name in names(&content.join("courses"))? {
        let folder = content.join("courses").join(&name);
        let mut files = Vec::new();
        for file in names(&folder)? {
            let text = fs::read_to_string(folder.join(&file))?;
            files.push((file, text));
        }
        files.sort_by_key(|(file, _)| (file != "index.md", file.clone()));
        courses.push(Course { name, files });
    }
    Ok(courses)
}

/// In alphabetical order.
fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("no folder `{}`", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
