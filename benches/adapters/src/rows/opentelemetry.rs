//! Spans by the processor that exports them in batches, to an exporter that drops them.

use opentelemetry::trace::{Span, Tracer, TracerProvider};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::runtime::{RuntimeChannel, Tokio};
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};

use crate::contestant::{Contestant, Row, on_each, on_tokio};

/// What the processor has room for is flushed before there is more.
const AT_ONCE: usize = 1000;

pub(super) fn row() -> Row {
    let own = on_tokio();
    let provider = {
        let _inside = own.enter();
        provider_on(Tokio)
    };
    Row {
        name: "opentelemetry",
        operation: "a span, one of 1000 that are flushed together",
        theirs: Contestant::new("the SDK's own on tokio", move |n| {
            let _kept = &own;
            make_spans(&provider, n);
        }),
        ours: on_each(|runtime| {
            let provider = provider_on(anyrt_opentelemetry::Runtime::new(runtime.handle().clone()));
            move |n| {
                let _kept = &runtime;
                make_spans(&provider, n);
            }
        }),
    }
}

fn provider_on(runtime: impl RuntimeChannel) -> SdkTracerProvider {
    let processor = BatchSpanProcessor::builder(Nowhere, runtime).build();
    SdkTracerProvider::builder().with_span_processor(processor).build()
}

fn make_spans(provider: &SdkTracerProvider, spans: usize) {
    let tracer = provider.tracer("benchmark");
    for number in 1..=spans {
        tracer.start("work").end();
        if number % AT_ONCE == 0 || number == spans {
            provider.force_flush().unwrap();
        }
    }
}

#[derive(Debug)]
struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        drop(batch);
        Ok(())
    }
}
