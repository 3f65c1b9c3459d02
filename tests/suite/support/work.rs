//! What requests have the database do, statement by statement. Two that have it do the
//! same take as long, whatever else the machine has to do meanwhile: no stop-watch
//! can say that so surely.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Instrument as _, Span, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// The target of the spans that say for what a request's statements are noted.
const NOTED: &str = "work";

/// The statements noted, by the number of what they are noted for.
static STATEMENTS: Mutex<BTreeMap<u64, Vec<String>>> = Mutex::new(BTreeMap::new());

/// What the requests to one provider are noted for; nothing, most of the time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Work(Arc<AtomicU64>);

impl Work {
    /// Notes what requests do from now on. The number finds it.
    pub(crate) fn begin(&self) -> u64 {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        self.0.store(number, Ordering::SeqCst);
        number
    }

    /// Notes no more.
    pub(crate) fn end(&self) {
        self.0.store(0, Ordering::SeqCst);
    }
}

/// Everything noted under the number, sorted: SQLite's connections tell of what they
/// did each in its own time, and the last perhaps only when they are closed.
pub(crate) fn statements(number: u64) -> Vec<String> {
    let statements = STATEMENTS.lock().unwrap();
    let mut noted = statements.get(&number).cloned().unwrap_or_default();
    // One addition to a table in eight first removes what expired, whoever it is for.
    noted.retain(|statement| !statement.starts_with("WITH taken"));
    noted.sort();
    noted
}

/// Notes what a request does, if it is to be noted.
pub(crate) async fn note(State(work): State<Work>, request: Request, next: Next) -> Response {
    let span = match work.0.load(Ordering::SeqCst) {
        0 => Span::none(),
        number => tracing::debug_span!(target: NOTED, "request", number),
    };
    next.run(request).instrument(span).await
}

/// The part of the log that notes.
pub(crate) fn layer<S>() -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let targets = [NOTED, "sqlx::query"].map(|target| (target, LevelFilter::DEBUG));
    Notes.with_filter(Targets::new().with_targets(targets))
}

struct Notes;

struct Number(u64);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Notes {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let (Some(number), Some(span)) = (fields.number, context.span(id)) {
            span.extensions_mut().insert(Number(number));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(span) = context
            .event_scope(event)
            .and_then(|mut scope| scope.next())
        else {
            return;
        };
        if let Some(Number(number)) = span.extensions().get() {
            let mut fields = Fields::default();
            event.record(&mut fields);
            let mut statements = STATEMENTS.lock().unwrap();
            statements
                .entry(*number)
                .or_default()
                .push(fields.statement);
        }
    }
}

#[derive(Default)]
struct Fields {
    number: Option<u64>,
    statement: String,
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "number" {
            self.number = Some(value);
        }
    }

    /// sqlx writes a short statement as its summary, and of a long one the beginning there.
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => self.statement.insert_str(0, value),
            "db.statement" => self.statement.push_str(value),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
