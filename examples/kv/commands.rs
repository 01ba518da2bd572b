//! The commands, but for those that concern the connection itself.

use std::collections::{HashMap, HashSet, VecDeque};
use std::str;

use anyrt::random;
use anyrt::time::{self, Duration};

use crate::protocol::{Reply, Request};
use crate::store::{Bytes, Kind, Store, Value, WrongKind};

type Result = std::result::Result<Reply, Problem>;

/// Why a command is refused.
pub(crate) enum Problem {
    Unknown(String),
    WrongNumberOfArguments(String),
    WrongKind,
    NoInteger,
    Syntax,
    NoSuchKey,
}

impl From<WrongKind> for Problem {
    fn from(_: WrongKind) -> Self {
        Self::WrongKind
    }
}

impl From<Problem> for Reply {
    fn from(problem: Problem) -> Self {
        Self::Error(match problem {
            Problem::Unknown(name) => format!("ERR unknown command '{name}'"),
            Problem::WrongNumberOfArguments(name) => {
                format!("ERR wrong number of arguments for '{name}' command")
            }
            Problem::WrongKind => {
                "WRONGTYPE Operation against a key holding the wrong kind of value".to_owned()
            }
            Problem::NoInteger => "ERR value is not an integer or out of range".to_owned(),
            Problem::Syntax => "ERR syntax error".to_owned(),
            Problem::NoSuchKey => "ERR no such key".to_owned(),
        })
    }
}

/// The name of a command in small letters, and its arguments.
pub(crate) fn split(mut request: Request) -> Option<(String, Vec<Bytes>)> {
    let arguments = if request.is_empty() { return None } else { request.split_off(1) };
    let name = String::from_utf8_lossy(&request[0]).to_ascii_lowercase();
    Some((name, arguments))
}

pub(crate) fn execute(store: &Store, name: &str, arguments: &[Bytes]) -> Reply {
    dispatch(store, name, arguments).unwrap_or_else(Reply::from)
}

fn dispatch(store: &Store, name: &str, arguments: &[Bytes]) -> Result {
    match (name, arguments) {
        ("ping", []) => Ok(Reply::Status("PONG")),
        ("ping" | "echo", [text]) => Ok(Reply::Bulk(text.clone())),
        ("select" | "client" | "command" | "config" | "hello", _) => {
            about_the_server(name, arguments)
        }
        ("info", _) => {
            Ok(Reply::Bulk(format!("# Keyspace\r\nkeys:{}\r\n", store.state().len()).into()))
        }
        ("dbsize", []) => Ok(store.state().len().into()),
        ("flushall" | "flushdb", _) => {
            store.state().clear();
            Ok(Reply::OK)
        }
        ("keys", [pattern]) if pattern == b"*" => {
            let state = store.state();
            Ok(Reply::Array(state.keys().cloned().map(Reply::Bulk).collect()))
        }

        ("exists", [_, ..]) => {
            let state = store.state();
            Ok(arguments.iter().filter(|key| state.contains(key)).count().into())
        }
        ("del" | "unlink", [_, ..]) => {
            let mut state = store.state();
            Ok(arguments.iter().filter(|key| state.remove(key)).count().into())
        }
        ("type", [key]) => Ok(Reply::Status(store.state().kind(key))),
        ("rename", [from, to]) => rename(store, from, to),
        ("expire", [key, seconds]) => expire(store, key, seconds, Duration::from_secs),
        ("pexpire", [key, milliseconds]) => expire(store, key, milliseconds, Duration::from_millis),
        ("persist", [key]) => persist(store, key),
        ("ttl", [key]) => Ok(time_left(store, key, |left| left.as_secs_f64().ceil() as i64)),
        ("pttl", [key]) => Ok(time_left(store, key, |left| left.as_millis() as i64)),

        ("get", [key]) => Ok(store.state().get::<Bytes>(key)?.cloned().into()),
        ("set", [key, value, options @ ..]) => set(store, key, value, options),
        ("setnx", [key, value]) => {
            let mut state = store.state();
            let is_new = !state.contains(key);
            if is_new {
                state.set(key.clone(), Value::Text(value.clone()));
            }
            Ok(is_new.into())
        }
        ("getdel", [key]) => {
            let mut state = store.state();
            let value = state.get::<Bytes>(key)?.cloned();
            state.remove(key);
            Ok(value.into())
        }
        ("mget", [_, ..]) => {
            let state = store.state();
            let text = |key: &Bytes| state.get::<Bytes>(key).ok().flatten().cloned().into();
            Ok(Reply::Array(arguments.iter().map(text).collect()))
        }
        ("mset", [_, _, ..]) if arguments.len() % 2 == 0 => {
            let mut state = store.state();
            for pair in arguments.chunks(2) {
                state.set(pair[0].clone(), Value::Text(pair[1].clone()));
            }
            Ok(Reply::OK)
        }
        ("strlen", [key]) => Ok(store.state().get::<Bytes>(key)?.map_or(0, Vec::len).into()),
        ("append", [key, more]) => Ok(store
            .state()
            .change(key, |text: &mut Bytes| {
                text.extend_from_slice(more);
                text.len()
            })?
            .into()),
        ("incr", [key]) => add(store, key, 1),
        ("decr", [key]) => add(store, key, -1),
        ("incrby", [key, by]) => add(store, key, integer(by)?),
        ("decrby", [key, by]) => {
            add(store, key, integer(by)?.checked_neg().ok_or(Problem::NoInteger)?)
        }

        ("lpush", [key, values @ ..]) if !values.is_empty() => {
            push(store, key, values, VecDeque::push_front)
        }
        ("rpush", [key, values @ ..]) if !values.is_empty() => {
            push(store, key, values, VecDeque::push_back)
        }
        ("lpop", [key]) => Ok(store.state().change(key, VecDeque::<Bytes>::pop_front)?.into()),
        ("rpop", [key]) => Ok(store.state().change(key, VecDeque::<Bytes>::pop_back)?.into()),
        ("llen", [key]) => length::<VecDeque<Bytes>>(store, key, VecDeque::len),
        ("lrange", [key, first, last]) => range(store, key, integer(first)?, integer(last)?),

        ("sadd", [key, members @ ..]) if !members.is_empty() => {
            let insert = |set: &mut HashSet<Bytes>| {
                members.iter().filter(|member| set.insert(member.to_vec())).count()
            };
            Ok(store.state().change(key, insert)?.into())
        }
        ("srem", [key, members @ ..]) if !members.is_empty() => {
            let remove = |set: &mut HashSet<Bytes>| {
                members.iter().filter(|member| set.remove(member.as_slice())).count()
            };
            Ok(store.state().change(key, remove)?.into())
        }
        ("spop", [key]) => Ok(store.state().change(key, take_any)?.into()),
        ("sismember", [key, member]) => {
            let state = store.state();
            Ok(state.get::<HashSet<Bytes>>(key)?.is_some_and(|set| set.contains(member)).into())
        }
        ("smembers", [key]) => {
            let state = store.state();
            let members = state.get::<HashSet<Bytes>>(key)?.into_iter().flatten();
            Ok(Reply::Array(members.cloned().map(Reply::Bulk).collect()))
        }
        ("scard", [key]) => length::<HashSet<Bytes>>(store, key, HashSet::len),

        ("hset", [key, fields @ ..]) if !fields.is_empty() && fields.len() % 2 == 0 => {
            let insert = |hash: &mut HashMap<Bytes, Bytes>| {
                let pairs = fields.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone()));
                pairs
                    .filter_map(|(field, value)| hash.insert(field, value).is_none().then_some(()))
                    .count()
            };
            Ok(store.state().change(key, insert)?.into())
        }
        ("hget", [key, field]) => {
            let state = store.state();
            let hash = state.get::<HashMap<Bytes, Bytes>>(key)?;
            Ok(hash.and_then(|hash| hash.get(field)).cloned().into())
        }
        ("hdel", [key, fields @ ..]) if !fields.is_empty() => {
            let remove = |hash: &mut HashMap<Bytes, Bytes>| {
                fields.iter().filter(|field| hash.remove(field.as_slice()).is_some()).count()
            };
            Ok(store.state().change(key, remove)?.into())
        }
        ("hlen", [key]) => length::<HashMap<Bytes, Bytes>>(store, key, HashMap::len),
        ("hgetall", [key]) => {
            let state = store.state();
            let pairs = state.get::<HashMap<Bytes, Bytes>>(key)?.into_iter().flatten();
            let parts = pairs.flat_map(|(field, value)| [field.clone(), value.clone()]);
            Ok(Reply::Array(parts.map(Reply::Bulk).collect()))
        }
        _ => Err(refuse(name)),
    }
}

/// Of a command that is known, the arguments are wrong.
fn refuse(name: &str) -> Problem {
    const KNOWN: &str = " ping echo info dbsize keys exists del unlink type rename expire pexpire persist ttl pttl get \
        set setnx getdel mget mset strlen append incr decr incrby decrby lpush rpush lpop rpop llen lrange sadd srem \
        spop sismember smembers scard hset hget hdel hlen hgetall publish subscribe ";
    if KNOWN.contains(&format!(" {name} ")) {
        Problem::WrongNumberOfArguments(name.to_owned())
    } else {
        Problem::Unknown(name.to_owned())
    }
}

/// What clients ask to learn whom they speak to.
fn about_the_server(name: &str, arguments: &[Bytes]) -> Result {
    match (name, arguments) {
        ("select", [database]) if database == b"0" => Ok(Reply::OK),
        ("select", [_]) => Ok(Reply::Error("ERR DB index is out of range".to_owned())),
        ("client", _) => Ok(Reply::OK),
        ("command", _) => Ok(Reply::Array(Vec::new())),
        ("config", [_, option]) => {
            Ok(Reply::Array(vec![Reply::Bulk(option.clone()), Reply::Bulk(Vec::new())]))
        }
        // It speaks the second version of the protocol, and clients go on with that.
        _ => Err(Problem::Unknown(name.to_owned())),
    }
}

fn integer(digits: &[u8]) -> std::result::Result<i64, Problem> {
    str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or(Problem::NoInteger)
}

fn set(store: &Store, key: &Bytes, value: &Bytes, options: &[Bytes]) -> Result {
    let (mut lifetime, mut must_exist, mut keeps_deadline) = (None, None, false);
    let mut options = options.iter().map(|option| option.to_ascii_lowercase());
    while let Some(option) = options.next() {
        let mut number =
            || options.next().ok_or(Problem::Syntax).and_then(|digits| integer(&digits));
        match option.as_slice() {
            b"ex" => lifetime = Some(Duration::from_secs(positive(number()?)?)),
            b"px" => lifetime = Some(Duration::from_millis(positive(number()?)?)),
            b"nx" => must_exist = Some(false),
            b"xx" => must_exist = Some(true),
            b"keepttl" => keeps_deadline = true,
            _ => return Err(Problem::Syntax),
        }
    }
    let mut state = store.state();
    if must_exist.is_some_and(|must_exist| must_exist != state.contains(key)) {
        return Ok(Reply::Nothing);
    }
    let kept = state.time_left(key).flatten().filter(|_| keeps_deadline);
    state.set(key.clone(), Value::Text(value.clone()));
    drop(state);
    if let Some(lifetime) = lifetime.or(kept) {
        store.expire(key, time::now().checked_add(lifetime));
    }
    Ok(Reply::OK)
}

fn positive(number: i64) -> std::result::Result<u64, Problem> {
    u64::try_from(number).ok().filter(|number| *number > 0).ok_or(Problem::NoInteger)
}

fn rename(store: &Store, from: &[u8], to: &Bytes) -> Result {
    let mut state = store.state();
    let value = state.take(from).ok_or(Problem::NoSuchKey)?;
    state.set(to.clone(), value);
    Ok(Reply::OK)
}

fn expire(store: &Store, key: &[u8], number: &[u8], unit: fn(u64) -> Duration) -> Result {
    match u64::try_from(integer(number)?) {
        Ok(number) => Ok(store.expire(key, time::now().checked_add(unit(number))).into()),
        // The deadline has passed.
        Err(_) => Ok(store.state().remove(key).into()),
    }
}

fn persist(store: &Store, key: &[u8]) -> Result {
    let expires = store.state().time_left(key).is_some_and(|left| left.is_some());
    Ok((expires && store.expire(key, None)).into())
}

fn time_left(store: &Store, key: &[u8], unit: impl Fn(Duration) -> i64) -> Reply {
    Reply::Integer(match store.state().time_left(key) {
        None => -2,
        Some(None) => -1,
        Some(Some(left)) => unit(left),
    })
}

fn add(store: &Store, key: &[u8], by: i64) -> Result {
    let add = |text: &mut Bytes| {
        let before = if text.is_empty() { 0 } else { integer(text)? };
        let sum = before.checked_add(by).ok_or(Problem::NoInteger)?;
        *text = sum.to_string().into_bytes();
        Ok(Reply::Integer(sum))
    };
    store.state().change(key, add)?
}

fn push(
    store: &Store,
    key: &[u8],
    values: &[Bytes],
    push: fn(&mut VecDeque<Bytes>, Bytes),
) -> Result {
    let push_all = |list: &mut VecDeque<Bytes>| {
        values.iter().for_each(|value| push(list, value.clone()));
        list.len()
    };
    Ok(store.state().change(key, push_all)?.into())
}

fn range(store: &Store, key: &[u8], first: i64, last: i64) -> Result {
    let state = store.state();
    let Some(list) = state.get::<VecDeque<Bytes>>(key)? else {
        return Ok(Reply::Array(Vec::new()));
    };
    // Negative numbers count from the end.
    let index = |number: i64| {
        let from_start = if number < 0 { list.len() as i64 + number } else { number };
        usize::try_from(from_start.max(0)).unwrap_or(0)
    };
    let is_before_all = last < 0 && list.len() as i64 + last < 0;
    let (first, end) = (index(first), if is_before_all { 0 } else { index(last) + 1 });
    let elements = list.iter().take(end).skip(first);
    Ok(Reply::Array(elements.cloned().map(Reply::Bulk).collect()))
}

fn length<K: Kind>(store: &Store, key: &[u8], length: fn(&K) -> usize) -> Result {
    Ok(store.state().get::<K>(key)?.map_or(0, length).into())
}

fn take_any(set: &mut HashSet<Bytes>) -> Option<Bytes> {
    let skipped = if set.is_empty() { return None } else { random::range(0..set.len() as u64) };
    let member = set.iter().nth(skipped as usize).cloned()?;
    set.take(&member)
}
