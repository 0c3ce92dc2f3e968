//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use lyceum_app::Preview;
use lyceum_contract::Slug;
use lyceum_contract::time::Date;

use crate::staff_arguments::{Audit, Explain, Member};

/// Turns a folder of Markdown into an online academy.
#[derive(Debug, Parser)]
#[command(name = "lyceum", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a new academy in an empty folder, or a new course, module or lesson in one that exists
    New(New),
    /// Build the site into a folder of static files
    Build(Build),
    /// Look at the content as a careful editor would, and publish nothing
    Check(Check),
    /// Run the whole academy on this machine and rebuild it at every change
    Serve(Serve),
    /// Turn a book or a site made for another program into an academy
    Import(Import),
    /// List, show and change what members may do: roles and given access
    Member(Member),
    /// Read the log of what was done to members, and check that nobody changed it
    Audit(Audit),
    /// Say why a member may or may not read a course: the chain of events behind it
    Explain(Explain),
    /// Look after what Stripe knows of the academy
    Stripe(StripeArguments),
}

#[derive(Debug, Args)]
pub(crate) struct StripeArguments {
    #[command(subcommand)]
    pub(crate) command: StripeCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StripeCommand {
    /// Make Stripe's products, prices and coupons what the content says
    Sync(StripeSync),
}

#[derive(Debug, Args)]
pub(crate) struct StripeSync {
    /// The folder with `lyceum.yaml` and the courses
    #[arg(long, value_name = "DIR", default_value = "content")]
    pub(crate) content: PathBuf,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Allow a live key: what is made is for real customers
    #[arg(long)]
    pub(crate) live: bool,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct New {
    /// The folder to make
    #[arg(required = true)]
    pub(crate) folder: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) part: Option<Part>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Part {
    /// Start a course: `lyceum new course rust-ownership`
    Course(NewPart),
    /// Start a module at the end of a course: `lyceum new module rust-ownership/borrowing`
    Module(NewPart),
    /// Start a lesson at the end of a course or module: `lyceum new lesson rust-ownership/borrowing/references`
    Lesson(NewPart),
}

#[derive(Debug, Args)]
pub(crate) struct NewPart {
    /// Where it goes: names as they stand in addresses, from the course on
    #[arg(value_name = "PATH")]
    pub(crate) path: String,
    /// Its title; without, it is made of the name
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// The folder with `lyceum.yaml` and the courses
    #[arg(long, value_name = "DIR", default_value = "content")]
    pub(crate) content: PathBuf,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Check {
    /// The folder with `lyceum.yaml` and the courses
    #[arg(long, value_name = "DIR", default_value = "content")]
    pub(crate) content: PathBuf,
    /// A theme to use instead of the default one
    #[arg(long, value_name = "DIR")]
    pub(crate) theme: Option<PathBuf>,
    /// Ask also for what a site needs before it opens
    #[arg(long)]
    pub(crate) launch: bool,
    /// Ask other sites whether the links to them work
    #[arg(long)]
    pub(crate) external: bool,
    /// With `--external`: ask also this machine, for tests
    #[arg(long, requires = "external")]
    pub(crate) allow_loopback: bool,
    /// Fail on warnings too
    #[arg(long)]
    pub(crate) strict: bool,
    /// How to report
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
    /// Say what a code such as `L011` means, and do nothing else
    #[arg(long, value_name = "CODE")]
    pub(crate) explain: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// The folder with `lyceum.yaml` and the courses
    #[arg(long, value_name = "DIR", default_value = "content")]
    pub(crate) content: PathBuf,
    /// Where the site goes
    #[arg(long, value_name = "DIR", default_value = "dist")]
    pub(crate) out: PathBuf,
    /// A theme to use instead of the default one
    #[arg(long, value_name = "DIR")]
    pub(crate) theme: Option<PathBuf>,
    /// How to report
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
    /// Show where the time went
    #[arg(long)]
    pub(crate) timings: bool,
    /// Make everything anew, and remember nothing
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Where to remember what later builds reuse [default: lyceum in the user's cache folder]
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    pub(crate) cache: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Human,
    /// One JSON object on stdout
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// What made it
    #[arg(value_enum)]
    pub(crate) kind: ImportKind,
    /// The folder with the book or site
    #[arg(value_name = "SRC")]
    pub(crate) source: PathBuf,
    /// Where the academy goes: into `content` in this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Name of the academy, instead of the source's own
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Who may read it
    #[arg(long, value_enum, default_value = "free")]
    pub(crate) access: ImportAccess,
    /// Where the source is published: links that lead out of it become addresses there
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// How to report
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportKind {
    /// A book with `book.toml` and `SUMMARY.md`
    #[value(name = "mdbook")]
    MdBook,
    /// A Hugo site with `content/`
    Hugo,
    /// A Zola site with `content/`
    Zola,
    /// Markdown files in folders
    Folder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportAccess {
    /// Everybody
    Free,
    /// Whoever has an account
    Members,
    /// Whoever pays
    Paid,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The folder with `lyceum.yaml` and the courses
    #[arg(long, value_name = "DIR", default_value = "content")]
    pub(crate) content: PathBuf,
    /// Where members, orders, comments, events and the built site are kept
    #[arg(long, value_name = "DIR", default_value = ".lyceum")]
    pub(crate) data: PathBuf,
    /// The port to listen on; 0 takes any that is free
    #[arg(long, value_name = "N", default_value_t = 8000)]
    pub(crate) port: u16,
    /// The address to listen on; `0.0.0.0` lets other machines in
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) host: String,
    /// A theme to use instead of the default one
    #[arg(long, value_name = "DIR")]
    pub(crate) theme: Option<PathBuf>,
    /// Look at the site as a member with a tier, as `anonymous`, or as `owner`; nothing is recorded
    #[arg(long = "as", value_name = "TIER", value_parser = preview)]
    pub(crate) preview: Option<Preview>,
    /// Look at the site on another day, such as `2026-11-02`
    #[arg(long, value_name = "DATE")]
    pub(crate) at: Option<Date>,
    /// Show also what is not published yet, with a banner
    #[arg(long)]
    pub(crate) drafts: bool,
}

fn preview(text: &str) -> Result<Preview, String> {
    match text {
        "anonymous" => Ok(Preview::Anonymous),
        "owner" => Ok(Preview::Owner),
        tier => match tier.parse::<Slug>() {
            Ok(tier) => Ok(Preview::Tier(tier)),
            Err(_) => Err("expected `anonymous`, `owner` or the id of a tier".to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn previews_and_days_are_read() {
        let parsed = Arguments::try_parse_from(["lyceum", "serve", "--as", "pro", "--at", "2026-11-02"]);
        let Command::Serve(serve) = parsed.expect("a command line").command else { panic!("not `serve`") };
        assert_eq!(serve.preview, Some(Preview::Tier("pro".parse().expect("a slug"))));
        assert_eq!(serve.at.map(|date| date.to_string()).as_deref(), Some("2026-11-02"));
        for wrong in [["--at", "2026-02-30"], ["--as", "Pro!"], ["--port", "70000"]] {
            assert!(
                Arguments::try_parse_from(["lyceum", "serve"].iter().chain(&wrong)).is_err(),
                "{wrong:?}"
            );
        }
    }
}
