//! What the system takes for an option, and what it would silently make of the rest.

use std::io;
use std::time::Duration;

/// For how long to linger, in seconds.
///
/// A part of a second counts as a whole one: rounded down it would be zero, which drops what is unsent
/// and resets the connection.
pub(super) fn linger(time: Option<Duration>) -> io::Result<Option<Duration>> {
    time.map(|time| whole_seconds("linger time", time, LONGEST_LINGER)).transpose()
}

/// After what idle time to probe a connection, in seconds.
pub(super) fn keepalive(time: Duration) -> io::Result<Duration> {
    if time.is_zero() {
        return invalid("there is no keep-alive after no time: `None` turns it off".to_owned());
    }
    whole_seconds("keep-alive time", time, LONGEST_KEEPALIVE)
}

/// A time-to-live, of one hop or more.
pub(super) fn ttl(hops: u32) -> io::Result<u32> {
    match hops {
        1..=255 => Ok(hops),
        _ => invalid(format!("the time-to-live is 1 to 255 hops, and not {hops}")),
    }
}

/// What has a single octet in the header of a packet, where more would lose its upper bits.
pub(super) fn octet(what: &str, value: u32) -> io::Result<u32> {
    match value {
        0..=255 => Ok(value),
        _ => invalid(format!("the {what} is 0 to 255, and not {value}")),
    }
}

/// The size of a buffer. The system takes what it can of more, but sees a signed number of 32 bits.
pub(super) fn buffer_size(bytes: usize) -> usize {
    bytes.min(i32::MAX as usize)
}

fn whole_seconds(what: &str, time: Duration, longest: u64) -> io::Result<Duration> {
    let seconds = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0));
    if seconds > longest {
        return invalid(format!("the {what} is {longest} s at most, and not {seconds} s"));
    }
    Ok(Duration::from_secs(seconds))
}

fn invalid<T>(message: String) -> io::Result<T> {
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

cfg_if::cfg_if! {
    if #[cfg(any(target_os = "linux", target_os = "android"))] {
        const LONGEST_LINGER: u64 = i32::MAX as u64;
        const LONGEST_KEEPALIVE: u64 = 32_767;
    } else if #[cfg(windows)] {
        const LONGEST_LINGER: u64 = u16::MAX as u64;
        // Counted in milliseconds.
        const LONGEST_KEEPALIVE: u64 = u32::MAX as u64 / 1000;
    } else {
        const LONGEST_LINGER: u64 = i16::MAX as u64;
        const LONGEST_KEEPALIVE: u64 = i32::MAX as u64;
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn text<T: std::fmt::Debug>(result: io::Result<T>) -> String {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        error.to_string()
    }

    #[test]
    fn parts_of_a_second_count_as_a_whole_one() {
        for (time, seconds) in [(0, 0), (1, 1), (500, 1), (1000, 1), (1001, 2), (40_000, 40)] {
            let expected = Some(seconds * SECOND);
            assert_eq!(linger(Some(Duration::from_millis(time))).unwrap(), expected);
        }
        assert_eq!(linger(Some(Duration::from_nanos(1))).unwrap(), Some(SECOND));
        assert_eq!(linger(None).unwrap(), None);
        assert_eq!(keepalive(Duration::from_nanos(1)).unwrap(), SECOND);
        assert_eq!(keepalive(Duration::from_millis(1500)).unwrap(), 2 * SECOND);
    }

    #[test]
    fn what_the_system_would_not_take_is_refused_with_words() {
        let most = Duration::from_secs(LONGEST_LINGER);
        assert_eq!(linger(Some(most)).unwrap(), Some(most));
        for time in [most + Duration::from_nanos(1), Duration::MAX] {
            assert!(text(linger(Some(time))).starts_with("the linger time is "));
        }
        let most = Duration::from_secs(LONGEST_KEEPALIVE);
        assert_eq!(keepalive(most).unwrap(), most);
        for time in [most + Duration::from_nanos(1), Duration::MAX] {
            assert!(text(keepalive(time)).starts_with("the keep-alive time is "));
        }
        assert!(text(keepalive(Duration::ZERO)).ends_with("`None` turns it off"));
        for hops in [0, 256, u32::MAX] {
            assert_eq!(
                text(ttl(hops)),
                format!("the time-to-live is 1 to 255 hops, and not {hops}")
            );
        }
        assert_eq!((ttl(1).unwrap(), ttl(255).unwrap()), (1, 255));
        for value in [256, u32::MAX] {
            assert_eq!(
                text(octet("type of service", value)),
                format!("the type of service is 0 to 255, and not {value}")
            );
        }
        assert_eq!((octet("", 0).unwrap(), octet("", 255).unwrap()), (0, 255));
    }

    #[test]
    fn no_buffer_becomes_small_because_it_is_large() {
        assert_eq!(buffer_size(20_000), 20_000);
        assert_eq!(buffer_size(usize::MAX), i32::MAX as usize);
    }
}
