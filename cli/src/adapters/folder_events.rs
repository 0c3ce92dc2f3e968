//! Events as NDJSON segments in a folder per day: `dt=2026-11-02/<start>-<process>-<number>.ndjson`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use lyceum_app::ports::{EventSink, Unavailable};
use lyceum_contract::event::Event;
use lyceum_contract::time::Date;
use tokio::sync::oneshot;

use super::disk::{private_file, private_folder, sync_folder};

/// Bytes after which a day goes on in a new file.
const MAX_SEGMENT_BYTES: u64 = 8 * 1024 * 1024;
/// Days whose files are kept open: today, and the few to which late events belong.
const MAX_OPEN_DAYS: usize = 4;

/// Events in a folder. One thread writes; what arrives while it waits for the disk shares the next wait.
#[derive(Debug, Clone)]
pub struct FolderEvents {
    queue: Sender<Batch>,
}

/// The lines of one call, and where to say that they are safe.
struct Batch {
    lines: BTreeMap<Date, Vec<u8>>,
    done: oneshot::Sender<Result<(), Unavailable>>,
}

impl FolderEvents {
    /// Opens the store in this folder, which is made when it is missing.
    pub fn open(folder: &Path) -> Result<Self, Unavailable> {
        let failed = |error: io::Error| Unavailable::new("events", error);
        private_folder(folder).map_err(failed)?;
        let (queue, batches) = channel();
        let writer = Writer::new(folder.to_owned());
        thread::Builder::new().name("events".into()).spawn(move || writer.run(&batches)).map_err(failed)?;
        Ok(Self { queue })
    }
}

impl EventSink for FolderEvents {
    async fn append(&self, events: Vec<Event>) -> Result<(), Unavailable> {
        let mut lines: BTreeMap<Date, Vec<u8>> = BTreeMap::new();
        for event in &events {
            let day = lines.entry(event.at.date()).or_default();
            serde_json::to_writer(&mut *day, event).map_err(|error| Unavailable::new("events", error))?;
            day.push(b'\n');
        }
        let (done, is_done) = oneshot::channel();
        let gone = || Unavailable::new("events", "the thread that writes events has ended");
        self.queue.send(Batch { lines, done }).map_err(|_| gone())?;
        is_done.await.map_err(|_| gone())?
    }
}

struct Writer {
    folder: PathBuf,
    started_ms: u128,
    n_segments: u32,
    segments: BTreeMap<Date, Segment>,
}

struct Segment {
    file: File,
    n_bytes: u64,
}

impl Writer {
    fn new(folder: PathBuf) -> Self {
        let started_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        Self { folder, started_ms, n_segments: 0, segments: BTreeMap::new() }
    }

    /// Writes until the last sender is gone.
    fn run(mut self, batches: &Receiver<Batch>) {
        while let Ok(first) = batches.recv() {
            let group: Vec<Batch> = std::iter::once(first).chain(batches.try_iter()).collect();
            let mut lines: BTreeMap<Date, Vec<u8>> = BTreeMap::new();
            for (day, text) in group.iter().flat_map(|batch| &batch.lines) {
                lines.entry(*day).or_default().extend_from_slice(text);
            }
            let written = self.write(&lines).map_err(|error| Unavailable::new("events", error));
            for batch in group {
                // Whoever asked may have given up; the events are stored all the same.
                let _ = batch.done.send(written.clone());
            }
        }
    }

    fn write(&mut self, lines: &BTreeMap<Date, Vec<u8>>) -> io::Result<()> {
        for (day, text) in lines {
            // A file that failed may end in half a line. It is never written to again, because the next event
            // would be glued to that half.
            let mut segment = self.take_segment(*day)?;
            segment.file.write_all(text)?;
            segment.file.sync_data()?;
            segment.n_bytes += text.len() as u64;
            if segment.n_bytes < MAX_SEGMENT_BYTES {
                self.segments.insert(*day, segment);
            }
        }
        while self.segments.len() > MAX_OPEN_DAYS {
            self.segments.pop_first();
        }
        Ok(())
    }

    fn take_segment(&mut self, day: Date) -> io::Result<Segment> {
        if let Some(segment) = self.segments.remove(&day) {
            return Ok(segment);
        }
        let folder = self.folder.join(format!("dt={day}"));
        private_folder(&folder)?;
        self.n_segments += 1;
        let name = format!("{}-{}-{}.ndjson", self.started_ms, std::process::id(), self.n_segments);
        let file = private_file(&folder.join(name))?;
        sync_folder(&folder)?;
        sync_folder(&self.folder)?;
        Ok(Segment { file, n_bytes: 0 })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use lyceum_contract::Timestamp;
    use lyceum_contract::event::{Record, VERSION, What};
    use lyceum_contract::id::EventId;

    use super::*;
    use crate::adapters::scratch::Scratch;

    fn event(byte: u8, at: i64) -> Event {
        let id = EventId::from_bytes([byte; 16]);
        let what = What::Recorded(Record::SignIn);
        Event { v: VERSION, id, at: Timestamp(at), member: None, language: None, what }
    }

    fn read(folder: &Path, day: &str) -> Vec<Event> {
        let mut events = Vec::new();
        for file in fs::read_dir(folder.join(day)).expect("a day") {
            let text = fs::read_to_string(file.expect("a file").path()).expect("text");
            events.extend(text.lines().map(|line| serde_json::from_str::<Event>(line).expect("an event")));
        }
        events
    }

    #[tokio::test]
    async fn events_lie_in_the_folder_of_their_day() {
        let folder = Scratch::new();
        let events = FolderEvents::open(folder.path()).expect("opens");
        events.append(vec![event(1, 86_399), event(2, 86_400)]).await.expect("stored");
        events.append(vec![event(3, 86_401)]).await.expect("stored");
        assert_eq!(read(folder.path(), "dt=1970-01-01"), [event(1, 86_399)]);
        assert_eq!(read(folder.path(), "dt=1970-01-02"), [event(2, 86_400), event(3, 86_401)]);
    }

    #[tokio::test]
    async fn a_restart_never_writes_into_an_old_file() {
        let folder = Scratch::new();
        for byte in 0..3 {
            let mut writer = Writer::new(folder.path().to_owned());
            writer.started_ms = byte.into();
            let mut line = serde_json::to_vec(&event(byte, 1)).expect("JSON");
            line.push(b'\n');
            writer.write(&BTreeMap::from([(Timestamp(1).date(), line)])).expect("written");
        }
        assert_eq!(fs::read_dir(folder.path().join("dt=1970-01-01")).expect("a day").count(), 3);
        assert_eq!(read(folder.path(), "dt=1970-01-01").len(), 3);
    }

    #[test]
    fn a_full_segment_is_followed_by_another() {
        let folder = Scratch::new();
        let mut writer = Writer::new(folder.path().to_owned());
        let line = vec![b' '; 5 * 1024 * 1024];
        for _ in 0..3 {
            writer.write(&BTreeMap::from([(Timestamp(1).date(), line.clone())])).expect("written");
        }
        assert_eq!(fs::read_dir(folder.path().join("dt=1970-01-01")).expect("a day").count(), 2);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn many_at_once_are_all_there() {
        let folder = Scratch::new();
        let events = FolderEvents::open(folder.path()).expect("opens");
        let appends = (0..100).map(|byte| {
            let events = events.clone();
            tokio::spawn(async move { events.append(vec![event(byte, 1)]).await })
        });
        for append in appends.collect::<Vec<_>>() {
            append.await.expect("no panic").expect("stored");
        }
        assert_eq!(read(folder.path(), "dt=1970-01-01").len(), 100);
    }
}
