//! The program: its arguments, its signals, and how it ends.
#![forbid(unsafe_code)]

use std::error::Error;
use std::process::{self, ExitCode};
use std::time::Duration;
use std::{env, io};

use anyrt::net::TcpListener;
use anyrt::select;
use anyrt::signal::unix::{SignalKind, signal};
use anyrt::sync::CancellationToken;
use anyrt::task::Builder;
use anyrt_observe::Tasks;
use notes::{App, Settings};

const USAGE: &str = "\
usage: notes [ADDRESS [DATABASE]]
  ADDRESS   where it listens (default: 127.0.0.1:8080)
  DATABASE  the file that the notes are in (default: notes.db)";

/// A poll that takes longer is reported: it keeps other tasks waiting.
const LONGEST_POLL: Duration = Duration::from_millis(100);

// The WebSockets of axum ask for tokio around the runtime.
#[anyrt::main(tokio_context = true)]
async fn main() -> ExitCode {
    // Before anything is spawned, so that all of it is seen.
    let tasks = Tasks::install();
    let arguments: Vec<_> = env::args().skip(1).collect();
    let (address, database) = match &arguments[..] {
        [option, ..] if option.starts_with('-') => {
            println!("{USAGE}");
            let is_asked_for = option == "--help" || option == "-h";
            return if is_asked_for { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
        [] => ("127.0.0.1:8080", "notes.db"),
        [address] => (&**address, "notes.db"),
        [address, database] => (&**address, &**database),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match serve(address, database, tasks).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("notes: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until a signal comes, and ends in good order; at once if another one comes.
async fn serve(address: &str, database: &str, tasks: Tasks) -> Result<(), Box<dyn Error>> {
    // They listen from here on, so that no signal is lost.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let _watch = tasks.watch_stalls(LONGEST_POLL, |stall| eprintln!("notes: {stall}"))?;
    let listener = TcpListener::bind(address).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
    })?;
    let address = listener.local_addr()?;
    let app = App::open(Settings::new(database), tasks).await?;
    println!("http://{address}/ on {}", anyrt::selection()?);

    let stop = CancellationToken::new();
    let server = app.serve(listener, stop.clone().cancelled_owned());
    // In a task, and not in this future, so that the dump has it.
    let mut server = Builder::new().name("server").spawn(server);
    select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        ended = &mut server => {
            ended??;
            return Err("the server has ended by itself".into());
        }
    }
    stop.cancel();
    println!("ending; Ctrl-C again ends at once");
    let cut_off = select! {
        ended = &mut server => ended??,
        _ = interrupt.recv() => {
            eprintln!("notes: ended at once");
            // What was committed is in the database, and the next start goes on with the jobs.
            process::exit(130);
        }
    };
    if cut_off > 0 {
        eprintln!("notes: connections cut off: {cut_off}");
    }
    println!("ended");
    Ok(())
}
