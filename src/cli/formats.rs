//! `breachline formats`: lists, shows, recognises and tests log formats.

use super::exit::Exit;
use super::read::ReadArgs;
use clap::{Args, Subcommand};

#[derive(Args)]
pub struct FormatsArgs {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Recognises the format of logs and says how sure it is.
    Detect(Box<ReadArgs>),
}

pub fn run(args: FormatsArgs) -> anyhow::Result<Exit> {
    match args.what {
        Some(What::Detect(read)) => {
            let options = read.options()?;
            let reading = read.open(&options)?;
            Ok(reading.finish(Exit::Done))
        }
        None => Ok(Exit::Done),
    }
}
