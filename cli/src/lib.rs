//! The `lyceum` command: the parts of Lyceum put together on one machine.
//!
//! It is a library too, so that tests can use the adapters. Nothing here decides about money or access.

pub mod adapters;
mod arguments;
mod audit;
mod build;
mod cache;
mod check;
mod diagnostics;
mod explain;
mod external;
mod failure;
mod import;
mod keys;
mod ledger_file;
mod member;
mod member_erase;
mod new;
mod new_part;
mod progress;
mod serve;
mod staff_arguments;
mod stripe;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

/// Runs the command line of this process. Returns 0, 1 for errors in the content or on the machine, and
/// ends the process with 2 for a command line that makes no sense.
pub fn run() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::New(arguments) => new::run(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Build(arguments) => build::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Stripe(arguments) => stripe::run(&arguments.command),
        Command::Serve(arguments) => serve::run(arguments).map(|()| ExitCode::SUCCESS),
        Command::Member(arguments) => member::run(arguments.command).map(|()| ExitCode::SUCCESS),
        Command::Explain(arguments) => explain::run(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Audit(arguments) => audit::run(arguments.command).map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|failure| {
        terminal::failure(&failure);
        ExitCode::FAILURE
    })
}
