//! The timeline for other programs: Chrome's trace events, which <https://ui.perfetto.dev> shows.

use serde_json::{Value, json};

use super::timeline::{LANES, Timeline};

/// The timeline as Chrome's trace events: a process a lane, a thread a row.
pub fn chrome(timeline: &Timeline) -> Value {
    let mut events = Vec::new();
    let about = |name: &str, pid: usize, tid: usize, what: &str| json!({ "ph": "M", "ts": 0, "pid": pid, "tid": tid, "name": name, "args": { "name": what } });
    // Viewers want times that are not negative.
    let ts = |at: f64| at - timeline.window[0];
    for (lane, name) in timeline.lanes.iter().zip(LANES) {
        let pid = events_pid(name);
        events.push(about("process_name", pid, 0, name));
        events
            .push(json!({ "ph": "M", "ts": 0, "pid": pid, "tid": 0, "name": "process_sort_index",
                "args": { "sort_index": pid } }));
        for (tid, row) in lane.rows.iter().enumerate().map(|(at, row)| (at + 1, row)) {
            events.push(about("thread_name", pid, tid, &row.name));
            events.extend(row.spans.iter().map(|span| {
                json!({ "ph": "X", "ts": ts(span.from), "dur": span.to - span.from, "pid": pid,
                    "tid": tid, "name": span.label, "cat": span.kind })
            }));
            events.extend(row.marks.iter().map(|mark| {
                json!({ "ph": "i", "s": "t", "ts": ts(mark.at), "pid": pid, "tid": tid,
                    "name": mark.label, "cat": "mark" })
            }));
        }
    }
    json!({ "displayTimeUnit": "ms", "traceEvents": events, "otherData": { "step": timeline.step } })
}

/// The number that a lane goes by.
fn events_pid(name: &str) -> usize {
    LANES.iter().position(|lane| *lane == name).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::timeline::{Kind, Row};

    #[test]
    fn every_event_has_what_viewers_ask_for() {
        let mut timeline = Timeline { window: [-300.0, 10.0], ..Timeline::default() };
        let mut row = Row::new("main");
        row.span(-300.0, 2.0, Kind::Pending, "main polled: Pending");
        row.mark(3.0, "wake main");
        timeline.lanes[0].rows.push(row);
        let trace = chrome(&timeline);
        let events = trace["traceEvents"].as_array().unwrap();
        assert!(events.len() >= 8, "{events:?}");
        for event in events {
            for field in ["ph", "ts", "pid", "tid", "name"] {
                assert!(!event[field].is_null(), "no {field} in {event}");
            }
            assert!(event["ts"].as_f64().unwrap() >= 0.0, "{event}");
        }
    }
}
