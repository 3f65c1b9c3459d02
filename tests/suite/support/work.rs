//! Records the database statements of requests. Two requests with the same statements take
//! the same time, whatever else the machine is doing; a stop-watch cannot show that as
//! surely.

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

/// The target of the spans that say under which number a request's statements are recorded.
const NOTED: &str = "work";

/// The recorded statements, by the number of their recording.
static STATEMENTS: Mutex<BTreeMap<u64, Vec<String>>> = Mutex::new(BTreeMap::new());

/// The number of the recording under way for one provider's requests; 0 for none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Work(Arc<AtomicU64>);

impl Work {
    /// Begins a recording of all requests, and returns its number.
    pub(crate) fn begin(&self) -> u64 {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        self.0.store(number, Ordering::SeqCst);
        number
    }

    /// Ends the recording.
    pub(crate) fn end(&self) {
        self.0.store(0, Ordering::SeqCst);
    }
}

/// Returns the statements recorded under the number, sorted: SQLite's connections report
/// theirs at different times, and the last perhaps only when they are closed.
pub(crate) fn statements(number: u64) -> Vec<String> {
    let statements = STATEMENTS.lock().unwrap();
    let mut noted = statements.get(&number).cloned().unwrap_or_default();
    // One insertion in eight into a table first removes expired rows, whatever it is for.
    noted.retain(|statement| !statement.starts_with("WITH taken"));
    noted.sort();
    noted
}

/// Records the statements of a request, if a recording is under way.
pub(crate) async fn note(State(work): State<Work>, request: Request, next: Next) -> Response {
    let span = match work.0.load(Ordering::SeqCst) {
        0 => Span::none(),
        number => tracing::debug_span!(target: NOTED, "request", number),
    };
    next.run(request).instrument(span).await
}

/// Builds the log layer that records statements.
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

    /// sqlx logs a short statement as `summary`; of a long one, `summary` is the beginning.
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => self.statement.insert_str(0, value),
            "db.statement" => self.statement.push_str(value),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
