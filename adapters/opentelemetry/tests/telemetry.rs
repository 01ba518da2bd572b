//! The SDK's processors and readers on every backend.

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyrt::{Config, Launch, adapters};
use anyrt_opentelemetry::{Receiver, Runtime};
use futures_util::StreamExt;
use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider};
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::log_processor_with_async_runtime::BatchLogProcessor;
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider};
use opentelemetry_sdk::metrics::periodic_reader_with_async_runtime::PeriodicReader;
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use opentelemetry_sdk::runtime::{RuntimeChannel, TrySend, TrySendError};
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
use opentelemetry_sdk::trace::{
    BatchConfig, BatchConfigBuilder, InMemorySpanExporter, SdkTracerProvider, SpanData,
    SpanExporter,
};

/// Nothing here takes so long, unless it hangs.
const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(20);

fn every(interval: Duration) -> BatchConfigBuilder {
    BatchConfigBuilder::default().with_scheduled_delay(interval)
}

fn provider<R, E>(runtime: R, exporter: E, config: BatchConfig) -> SdkTracerProvider
where
    R: RuntimeChannel,
    E: SpanExporter + 'static,
{
    let processor =
        BatchSpanProcessor::builder(exporter, runtime).with_batch_config(config).build();
    SdkTracerProvider::builder().with_span_processor(processor).build()
}

fn trace(provider: &SdkTracerProvider, spans: usize) {
    let tracer = provider.tracer("test");
    for number in 0..spans {
        tracer.in_span(format!("span {number}"), |_| ());
    }
}

/// Calls what blocks where that is welcome.
async fn blocking<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> T {
    anyrt::spawn_blocking(call).await.unwrap()
}

#[anyrt::test(all)]
async fn spans_are_exported_when_they_are_flushed() {
    let exporter = InMemorySpanExporter::default();
    let provider = provider(Runtime::current(), exporter.clone(), every(LONG).build());
    trace(&provider, 100);
    let flushed = provider.clone();
    blocking(move || flushed.force_flush()).await.unwrap();
    let spans = exporter.get_finished_spans().unwrap();
    assert_eq!(spans.len(), 100);
    assert_eq!(spans[99].name, "span 99");
    blocking(move || provider.shutdown()).await.unwrap();
}

#[anyrt::test(all)]
async fn spans_are_exported_after_the_interval() {
    let exporter = InMemorySpanExporter::default();
    let start = Instant::now();
    let provider = provider(Runtime::current(), exporter.clone(), every(SHORT).build());
    trace(&provider, 1);
    while exporter.get_finished_spans().unwrap().is_empty() {
        anyrt::task::yield_now().await;
    }
    assert!(start.elapsed() >= SHORT, "after {:?}", start.elapsed());
    blocking(move || provider.shutdown()).await.unwrap();
}

/// Never done.
#[derive(Debug)]
struct Stuck;

impl SpanExporter for Stuck {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        pending().await
    }
}

#[anyrt::test(all)]
async fn an_exporter_that_is_stuck_is_given_up() {
    let config = every(LONG).with_max_export_timeout(SHORT).build();
    let provider = provider(Runtime::current(), Stuck, config);
    trace(&provider, 1);
    let start = Instant::now();
    let error = blocking(move || provider.force_flush()).await.unwrap_err();
    assert!(start.elapsed() >= SHORT);
    // The provider puts the errors of its processors into a text.
    let expected = format!("{:?}", OTelSdkError::Timeout(SHORT));
    assert!(error.to_string().contains(&expected), "{error}");
}

#[anyrt::test(all)]
async fn logs_and_metrics_are_exported() {
    let logs = InMemoryLogExporter::default();
    let processor = BatchLogProcessor::builder(logs.clone(), Runtime::current()).build();
    let provider = SdkLoggerProvider::builder().with_log_processor(processor).build();
    let logger = provider.logger("test");
    let mut record = logger.create_log_record();
    record.set_body(AnyValue::from("it works"));
    logger.emit(record);
    let flushed = provider.clone();
    blocking(move || flushed.force_flush()).await.unwrap();
    assert_eq!(logs.get_emitted_logs().unwrap().len(), 1);

    let metrics = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(metrics.clone(), Runtime::current()).with_interval(LONG);
    let provider = SdkMeterProvider::builder().with_reader(reader.build()).build();
    provider.meter("test").u64_counter("calls").build().add(1, &[]);
    let flushed = provider.clone();
    blocking(move || flushed.force_flush()).await.unwrap();
    assert_eq!(metrics.get_finished_metrics().unwrap().len(), 1);
}

#[anyrt::test(all)]
async fn a_queue_is_full_or_closed_and_says_which() {
    let runtime = Runtime::current();
    // Of a type of this crate's, not of the crate's that the queue is from.
    let (sender, receiver): (_, Receiver<i32>) = runtime.batch_message_channel(2);
    let mut receiver = Box::pin(receiver);
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    assert!(matches!(sender.try_send(3), Err(TrySendError::ChannelFull)));
    assert_eq!(receiver.next().await, Some(1));
    sender.try_send(3).unwrap();
    drop(receiver);
    assert!(matches!(sender.try_send(4), Err(TrySendError::ChannelClosed)));
    // Not even room for none makes it panic.
    let (sender, receiver) = runtime.batch_message_channel(0);
    let mut receiver = Box::pin(receiver);
    sender.try_send(1).unwrap();
    drop(sender);
    assert_eq!(receiver.next().await, Some(1));
    assert_eq!(receiver.next().await, None, "the task would never end");
}

/// Somebody waits for what is told by one, as `force_flush` does, and has a sender as long.
#[anyrt::test(all)]
async fn a_queue_that_is_gone_keeps_no_message() {
    let (sender, receiver) = Runtime::current().batch_message_channel(2);
    let message = Arc::new(());
    sender.try_send(Arc::clone(&message)).unwrap();
    drop(receiver);
    assert_eq!(Arc::strong_count(&message), 1);
    drop(sender);
}

#[test]
fn a_runtime_that_has_ended_is_an_error() {
    for backend in anyrt::selection().unwrap().compiled() {
        let build = || anyrt::Builder::new().backend(*backend).build().unwrap();
        let (stays, ends) = (build(), build());
        if stays.handle() == ends.handle() {
            // There is one for the process, which nobody ends.
            assert_eq!(*backend, "async-std");
            continue;
        }
        let runtime = Runtime::new(ends.handle().clone());
        let provider = provider(runtime, InMemorySpanExporter::default(), every(LONG).build());
        drop(ends);
        trace(&provider, 1);
        assert!(provider.force_flush().is_err(), "on {backend}");
        assert!(provider.shutdown().is_err(), "on {backend}");
    }
}

/// The handle of a backend, without the facade.
fn without_the_facade<L: Launch>() {
    let runtime = L::start(&Config::default()).unwrap();
    let exporter = InMemorySpanExporter::default();
    let of_spans = Runtime::new(runtime.handle().clone());
    let provider = provider(of_spans, exporter.clone(), every(LONG).build());
    trace(&provider, 3);
    provider.force_flush().unwrap();
    assert_eq!(exporter.get_finished_spans().unwrap().len(), 3);
    provider.shutdown().unwrap();
}

#[test]
fn each_backend_will_do_without_the_facade() {
    without_the_facade::<adapters::native::Runtime>();
    without_the_facade::<adapters::tokio::Runtime>();
    without_the_facade::<adapters::smol::Runtime>();
    without_the_facade::<adapters::async_std::Runtime>();
}
