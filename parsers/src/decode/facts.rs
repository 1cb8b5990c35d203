//! The facts of one record while it is being read, and how they become a row.

mod identity;

use super::Verdict;
use super::field::Field;
use super::haproxy;
use super::hop_id;
use super::host;
use super::keyed::duration as stated_duration;
use super::request::{Request, split_absolute, split_request};
use crate::format::DecodeContext;
use crate::mask;
use crate::schema::{Number, Text};
use crate::table::{ABSENT, FactTable, NO_NUMBER, Place};
use crate::time::pattern::Pattern;
use crate::time::{self, Assumed, Clock, Local, Unread};
use crate::value;
use identity::Identity;
use std::borrow::Cow;

/// A value of a record: borrowed from it, or made from it.
pub(crate) type Value<'a> = Cow<'a, [u8]>;

/// Facts of one record.
#[allow(clippy::struct_excessive_bools)] // what the record has, each told by itself
pub(crate) struct Facts<'a> {
    context: &'a DecodeContext,
    ts: i64,
    /// How the time stands in its zone.
    local: Local,
    status: u16,
    numbers: [i64; Number::ALL.len()],
    texts: [Value<'a>; Text::ALL.len()],
    /// Which of `texts` are there, one bit each.
    present: u32,
    /// Which of `texts` are as they came in, with nothing to be seen in them, one bit each.
    quiet: u32,
    /// Codes of `texts` that were quiet a short while ago.
    codes: [u32; Text::ALL.len()],
    /// Whether the record is UTF-8, and so are its pieces.
    valid: bool,
    path: Option<Value<'a>>,
    query: Option<Value<'a>>,
    stage: Option<Value<'a>>,
    identity: Identity,
    /// What only its field tells to be a secret.
    pub(super) secrets: mask::Spots,
    extra: Vec<u8>,
    has_request: bool,
    /// Whether the target has a key of its own, beside which the query may stand.
    names_target: bool,
    /// Microseconds that the time as written leaves out.
    fraction: i64,
    /// When it ended, in microseconds.
    ended: i64,
    /// Requests that it stands for beside its own, in thousandths: they were not logged.
    unlogged: u64,
    /// Whether a record without request and status is a row: connections are logged, not requests.
    pub(crate) is_connection: bool,
}

/// The duration of which a part is unknown; others are never negative.
const LOST: i64 = -1;

impl<'a> Facts<'a> {
    /// No facts yet. `valid` says that the record is known to be UTF-8; its pieces are then not looked at again.
    pub(crate) fn new(context: &'a DecodeContext, valid: bool) -> Self {
        Self {
            context,
            ts: NO_NUMBER,
            local: Local::Stated,
            status: 0,
            numbers: [NO_NUMBER; Number::ALL.len()],
            texts: [const { Cow::Borrowed(b"".as_slice()) }; Text::ALL.len()],
            present: 0,
            quiet: 0,
            codes: [ABSENT; Text::ALL.len()],
            valid,
            path: None,
            query: None,
            stage: None,
            identity: Identity::default(),
            secrets: mask::Spots::default(),
            extra: Vec::new(),
            has_request: false,
            names_target: false,
            fraction: 0,
            ended: NO_NUMBER,
            unlogged: 0,
            is_connection: false,
        }
    }

    /// Takes one value. `names` are the plan's names of extra fields.
    ///
    /// # Errors
    /// A few words on why the value cannot be what the format says it is.
    pub(crate) fn take(&mut self, field: Field, raw: Value<'a>, names: &[String]) -> Result<(), String> {
        if matches!(field, Field::Ignore) || &*raw == b"-" {
            self.has_request |= matches!(field, Field::Request);
            if matches!(field, Field::DurationPart(_)) {
                self.numbers[Number::DurationUs as usize] = LOST;
            }
            return Ok(());
        }
        if raw.is_empty() {
            self.has_request |= matches!(field, Field::Request);
            if matches!(field, Field::Forwarded) {
                self.set(Text::Forwarded, raw);
            }
            return Ok(());
        }
        match field {
            Field::Time(clock) => self.take_time(&raw, clock)?,
            Field::Status => self.take_status(&raw)?,
            Field::Request => self.take_request(raw),
            Field::Peer => self.take_peer(raw),
            Field::Plain(which) => self.take_plain(which, raw),
            Field::Otherwise(which, _) if !self.has(which) => self.take_plain(which, raw),
            Field::HopId(which, name) => self.take_hop_id(which, raw, names.get(usize::from(name))),
            Field::Count(which) => match value::integer(raw.strip_prefix(b"+").unwrap_or(&raw)) {
                Some(count) if count >= 0 => self.numbers[which as usize] = count,
                Some(_) => {}
                None => return Err(format!("{} is no number: {}", which.name(), shown(&raw))),
            },
            Field::Duration(scale) => self.take_duration(&raw, scale),
            Field::DurationPart(scale) => self.take_duration_part(&raw, scale),
            Field::Target | Field::Url => {
                self.names_target = true;
                self.take_target(raw);
            }
            Field::Path => self.path = Some(raw),
            Field::Query => self.take_query(raw),
            Field::Stage => self.stage = Some(raw),
            Field::Host => self.set(Text::Host, map(raw, value::host)),
            Field::ClientPort => {
                if let Some(port) = value::integer(&raw).filter(|port| (1..=65_535).contains(port)) {
                    self.numbers[Number::ClientPort as usize] = port;
                }
            }
            Field::Forwarded => self.set(Text::Forwarded, raw),
            Field::ForwardedPeer => {
                let last = value::address(last_forwarded(&raw)).0.into_owned();
                // The client wrote the chain.
                if host::is_peer(&last) {
                    self.set(Text::PeerIp, Cow::Owned(last));
                }
                self.set(Text::Forwarded, raw);
            }
            Field::Upstream => self.take_upstream(raw),
            Field::UpstreamStatus => {
                if let Some(status) =
                    value::integer(value::last_of_list(&raw)).filter(|status| (100..1000).contains(status))
                {
                    self.numbers[Number::UpstreamStatus as usize] = status;
                }
            }
            Field::TokenTime(which) => {
                if let Some(at) = time::read(&raw, Clock::Any, self.context.zone) {
                    self.numbers[which as usize] = at;
                }
            }
            Field::Authorization => self.take_authorization(&raw),
            Field::ApiKey => self.take_api_key(&raw),
            Field::Session => self.take_session(&raw),
            Field::SessionUnlessNumber => {
                if value::integer(&raw).is_none() {
                    self.take_session(&raw);
                }
            }
            Field::CountIfNumber(which) => {
                if let Some(count) = value::integer(&raw).filter(|&count| count >= 0) {
                    self.numbers[which as usize] = count;
                }
            }
            Field::TimeFraction(scale) => {
                self.fraction =
                    value::decimal(&raw, 6 - i32::from(scale)).filter(|f| (0..1_000_000).contains(f)).unwrap_or(0);
            }
            Field::Frontend => self.take_frontend(&raw),
            Field::Server => self.take_server(raw),
            Field::Termination => self.take_termination(raw)?,
            Field::Captures => self.take_extra("captures", &raw),
            Field::Cookies => self.take_cookies(&raw),
            Field::StandsFor => self.take_weight(value::decimal(&raw, 3).filter(|&weight| weight >= 1_000)),
            Field::Share => self.take_weight(
                value::decimal(&raw, 6)
                    .filter(|share| (1..=1_000_000).contains(share))
                    .map(|share| 1_000_000_000 / share),
            ),
            Field::Ended(scale) => self.ended = value::decimal(&raw, 6 - i32::from(scale)).unwrap_or(NO_NUMBER),
            Field::Extra(name) | Field::Otherwise(_, name) | Field::Captured(_, name) => {
                if let Some(name) = names.get(usize::from(name)) {
                    self.take_extra(name, &raw);
                }
            }
            // Who has the plans and patterns takes these apart.
            Field::Ignore | Field::Part(_) | Field::Patterned(_) | Field::CapturedOfResponse(..) => {}
        }
        Ok(())
    }

    /// Takes a value that is a whole number already, where that is all there is to it; what is left goes to
    /// [`Facts::take`] as text.
    pub(crate) fn take_whole(&mut self, field: Field, number: i64) -> bool {
        match field {
            Field::Status if (0..1000).contains(&number) => self.status = number as u16,
            Field::Count(which) if number >= 0 => self.numbers[which as usize] = number,
            Field::Duration(scale @ 0..=6) if number >= 0 => {
                let Some(micros) = number.checked_mul(10_i64.pow(6 - u32::from(scale))) else { return false };
                self.numbers[Number::DurationUs as usize] = micros;
            }
            Field::Time(Clock::Epoch(scale @ 0..=6)) if number >= 0 => {
                let Some(micros) = number.checked_mul(10_i64.pow(6 - u32::from(scale))) else { return false };
                self.ts = micros;
            }
            _ => return false,
        }
        true
    }

    pub(super) fn set(&mut self, which: Text, value: Value<'a>) {
        self.texts[which as usize] = value;
        self.present |= 1 << which as u8;
        // What was known was known of another value.
        self.quiet &= !(1 << which as u8);
        self.codes[which as usize] = ABSENT;
    }

    /// The address or name of the peer, as far as it was read; empty where it was not.
    pub(super) fn peer(&self) -> &[u8] {
        self.get(Text::PeerIp).map_or(&[], |peer| &**peer)
    }

    /// Where the request was sent on to, as far as it was read; empty where it was not.
    pub(super) fn upstream(&self) -> &[u8] {
        self.get(Text::Upstream).map_or(&[], |upstream| &**upstream)
    }

    fn has(&self, which: Text) -> bool {
        self.present & (1 << which as u8) != 0
    }

    fn get(&self, which: Text) -> Option<&Value<'a>> {
        self.has(which).then(|| &self.texts[which as usize])
    }

    /// Takes for how many requests the record stands, in thousandths.
    fn take_weight(&mut self, weight: Option<i64>) {
        self.unlogged = weight.map_or(0, |weight| weight.saturating_sub(1_000).unsigned_abs());
    }

    fn take_time(&mut self, raw: &[u8], clock: Clock) -> Result<(), String> {
        let assumed = Assumed { zone: self.context.zone, latest: self.context.year_hint };
        let read = time::read_stated(raw, clock, assumed).map_err(|unread| match unread {
            Unread::NoTime => format!("no readable time: {}", shown(raw)),
            Unread::NoYear => "a time without a year: give the log as a file, its last change tells the year".into(),
        })?;
        self.ts = read.micros;
        self.local = read.local;
        Ok(())
    }

    /// Takes a time that is written by a pattern and says how many bytes it has.
    pub(crate) fn take_pattern(&mut self, pattern: &Pattern, bytes: &[u8]) -> Option<usize> {
        let (read, length) = pattern.read(bytes, self.context.zone)?;
        self.ts = read.micros;
        self.local = read.local;
        Some(length)
    }

    fn take_status(&mut self, raw: &[u8]) -> Result<(), String> {
        let status = value::integer(raw).filter(|status| (-1..1000).contains(status));
        let status = status.ok_or_else(|| format!("no status: {}", shown(raw)))?;
        self.status = status.max(0) as u16;
        Ok(())
    }

    fn take_duration(&mut self, raw: &[u8], scale: u8) {
        let raw = raw.strip_prefix(b"+").unwrap_or(raw);
        let (digits, scale) = match raw {
            [digits @ .., b'm', b's'] => (digits, 3),
            [digits @ .., b's'] => (digits, 0),
            _ => (raw, scale),
        };
        let plain = value::decimal(digits, 6 - i32::from(scale));
        if let Some(micros) = plain.or_else(|| stated_duration(raw)).filter(|&micros| micros >= 0) {
            self.numbers[Number::DurationUs as usize] = micros;
        }
    }

    fn take_duration_part(&mut self, raw: &[u8], scale: u8) {
        let sum = &mut self.numbers[Number::DurationUs as usize];
        *sum = match (*sum, value::decimal(raw, 6 - i32::from(scale)).filter(|&micros| micros >= 0)) {
            (LOST, _) | (_, None) => LOST,
            (NO_NUMBER, Some(micros)) => micros,
            (before, Some(micros)) => before.saturating_add(micros),
        };
    }

    fn take_peer(&mut self, raw: Value<'a>) {
        match raw {
            Cow::Borrowed(bytes) => {
                let (address, port) = value::address(bytes);
                self.set_peer(address, port);
            }
            Cow::Owned(bytes) => {
                let (address, port) = value::address(&bytes);
                let address = Cow::Owned(address.into_owned());
                self.set_peer(address, port);
            }
        }
    }

    fn set_peer(&mut self, address: Value<'a>, port: Option<u16>) {
        self.set(Text::PeerIp, address);
        if let Some(port) = port.filter(|&port| port > 0) {
            self.numbers[Number::ClientPort as usize] = i64::from(port);
        }
    }

    fn take_hop_id(&mut self, which: Text, raw: Value<'a>, name: Option<&String>) {
        let name = name.map_or("", String::as_str);
        let id = map(raw, |raw| hop_id::passed_on(name, raw));
        match self.get(which) {
            _ if id.len() < hop_id::LEAST_LENGTH => {}
            None => self.set(which, id),
            Some(known) if hop_id::says_the_same(known, &id) => {}
            Some(_) => self.take_extra(name, &id),
        }
    }

    fn take_upstream(&mut self, raw: Value<'a>) {
        let last = map(raw, value::last_of_list);
        let bare = map(last, |last| last.strip_prefix(b"tcp://").unwrap_or(last));
        if !value::is_absent(&bare) {
            self.set(Text::Upstream, bare);
        }
    }

    fn take_request(&mut self, raw: Value<'a>) {
        self.has_request = true;
        match raw {
            _ if *raw == *haproxy::BAD_REQUEST => {}
            Cow::Borrowed(line) => self.set_request(&split_request(line)),
            Cow::Owned(line) => {
                let Request { method, host, target } = split_request(&line);
                let owned = |part: Option<&[u8]>| part.map(|part| Cow::Owned(part.to_vec()));
                let (method, host, target) = (owned(method), owned(host), owned(target));
                self.set_parts(method, host, target);
            }
        }
    }

    fn set_request(&mut self, request: &Request<'a>) {
        self.set_parts(
            request.method.map(Cow::Borrowed),
            request.host.map(Cow::Borrowed),
            request.target.map(Cow::Borrowed),
        );
    }

    /// A value that the record states by itself wins over one that its request line holds.
    fn set_parts(&mut self, method: Option<Value<'a>>, host: Option<Value<'a>>, target: Option<Value<'a>>) {
        for (which, part) in [(Text::Method, method), (Text::Host, host), (Text::Target, target)] {
            if let Some(part) = part.filter(|_| !self.has(which)) {
                self.set(which, part);
            }
        }
    }

    fn take_target(&mut self, raw: Value<'a>) {
        self.has_request = true;
        let parts = match &raw {
            Cow::Borrowed(bytes) => {
                split_absolute(bytes).map(|(host, path)| (Cow::Borrowed(host), Cow::Borrowed(path)))
            }
            Cow::Owned(bytes) => {
                split_absolute(bytes).map(|(host, path)| (Cow::Owned(host.to_vec()), Cow::Owned(path.to_vec())))
            }
        };
        if let Some((host, path)) = parts {
            if !self.has(Text::Host) {
                self.set(Text::Host, host);
            }
            self.set(Text::Target, path);
        } else {
            self.set(Text::Target, raw);
        }
    }

    /// What a request log has in every record and is missing here, if anything is. Other logs share single keys
    /// with request logs.
    pub(crate) fn lacks(&self, table: &FactTable) -> Option<&'static str> {
        let asks = self.has_request || self.path.is_some() || self.has(Text::Target) || self.has(Text::Method);
        match (self.ts != NO_NUMBER || table.carried().is_some(), asks, self.status != 0) {
            (_, false, false) => Some("neither a request nor a status"),
            (_, false, true) => Some("a status, but no request"),
            (_, true, false) => Some("a request, but no status"),
            (false, true, true) => Some("no time"),
            (true, true, true) => None,
        }
    }

    /// Makes the row, or says why there is none.
    pub(crate) fn finish(mut self, source: u32, place: Place, table: &mut FactTable) -> Verdict {
        self.join_target();
        if self.ts == NO_NUMBER
            && let Some(time) = table.carried()
        {
            // A wrapper whose time cannot be read says nothing.
            let _ = self.take_time(time, Clock::Any);
        }
        if self.ts == NO_NUMBER && self.status == 0 {
            return Verdict::Reject("neither a time nor a status".into());
        }
        if !self.is_connection
            && self.status == 0
            && !self.has_request
            && !self.has(Text::Target)
            && !self.has(Text::Method)
        {
            return Verdict::Reject("neither a request nor a status".into());
        }
        let duration = &mut self.numbers[Number::DurationUs as usize];
        if *duration == LOST {
            *duration = NO_NUMBER;
        }
        if *duration == NO_NUMBER && self.ts != NO_NUMBER && self.ended >= self.ts {
            *duration = self.ended - self.ts;
        }
        self.mask_texts(table);
        self.join_identity();
        table.push(source, place);
        if self.ts != NO_NUMBER {
            let fraction = if self.fraction != 0 && self.ts % 1_000_000 == 0 { self.fraction } else { 0 };
            table.set_ts(self.ts + fraction);
            if self.local != Local::Stated {
                table.note(self.local);
            }
        }
        if self.unlogged != 0 {
            table.note_unlogged(self.unlogged);
        }
        table.set_status(self.status);
        for which in Number::ALL {
            if self.numbers[which as usize] != NO_NUMBER {
                table.set_number(which, self.numbers[which as usize]);
            }
        }
        let mut left = self.present;
        while left != 0 {
            let which = Text::ALL[left.trailing_zeros() as usize];
            left &= left - 1;
            let text = &self.texts[which as usize];
            if self.codes[which as usize] != ABSENT {
                table.set_code(which, self.codes[which as usize]);
            } else if self.valid {
                table.set_seen_text(which, text, self.quiet & (1 << which as u8) != 0);
            } else {
                table.set_text(which, &value::clean(text));
            }
        }
        if !self.secrets.is_empty() {
            table.spot(std::mem::take(&mut self.secrets));
        }
        if !self.extra.is_empty() {
            table.set_text(Text::Extra, &value::clean(&self.extra));
        }
        Verdict::Row
    }

    /// Puts path and query together where the record keeps them apart, and drops the stage.
    fn join_target(&mut self) {
        if let Some(path) = self.path.take().filter(|_| !self.has(Text::Target)) {
            let query = self.query.take().filter(|_| memchr::memchr(b'?', &path).is_none());
            let joined = match query.as_deref().map(|query| query.strip_prefix(b"?").unwrap_or(query)) {
                Some(query) if !query.is_empty() => Cow::Owned([&*path, b"?", query].concat()),
                _ => path,
            };
            self.take_target(joined);
        } else if self.names_target
            && let Some(query) = self.query.take()
        {
            let target = std::mem::take(&mut self.texts[Text::Target as usize]);
            let query = query.strip_prefix(b"?").unwrap_or(&query);
            let is_bare = !query.is_empty() && target.starts_with(b"/") && memchr::memchr(b'?', &target).is_none();
            self.set(Text::Target, if is_bare { Cow::Owned([&*target, b"?", query].concat()) } else { target });
        }
        let Some(stage) = self.stage.take() else {
            return;
        };
        if self.has(Text::Target) {
            let target = std::mem::take(&mut self.texts[Text::Target as usize]);
            let shorter = map(target, |target| {
                let rest = target.strip_prefix(b"/").and_then(|rest| rest.strip_prefix(&*stage));
                rest.filter(|rest| rest.starts_with(b"/")).unwrap_or(target)
            });
            self.set(Text::Target, shorter);
        }
    }
}

fn map(value: Value<'_>, cut: impl Fn(&[u8]) -> &[u8]) -> Value<'_> {
    let start = value.as_ptr() as usize;
    let (from, length) = {
        let part = cut(&value);
        ((part.as_ptr() as usize).wrapping_sub(start), part.len())
    };
    match value {
        Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(from..from + length).unwrap_or(bytes)),
        Cow::Owned(bytes) => Cow::Owned(bytes.get(from..from + length).map_or_else(Vec::new, <[u8]>::to_vec)),
    }
}

fn last_forwarded(chain: &[u8]) -> &[u8] {
    memchr::memrchr(b',', chain).map_or(chain, |comma| &chain[comma + 1..]).trim_ascii()
}

/// A piece of a value for a message, without secrets.
pub(crate) fn shown(bytes: &[u8]) -> String {
    // Masked before it is cut: a piece of a secret has no shape.
    let masked = mask::mask_line(&bytes[..bytes.len().min(4096)], &[0; 32]);
    format!("`{}`", masked.chars().take(40).collect::<String>())
}
