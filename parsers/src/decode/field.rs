//! What the fields of a record mean.

use crate::schema::{Number, Text};
use crate::time::Clock;

/// What a field of a record means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// Nothing that the table has, and nothing worth keeping.
    Ignore,
    /// Nothing that the table has; kept as name=value under the plan's name of this number.
    Extra(u16),
    Time(Clock),
    /// A duration whose unit is a second divided by `10^n`.
    Duration(u8),
    /// One of several durations that make the whole together; unknown where one of them is.
    DurationPart(u8),
    /// An address, perhaps with its port.
    Peer,
    ClientPort,
    /// The forwarded-for chain.
    Forwarded,
    /// The chain, in a format that has no peer: its right end stands in.
    ForwardedPeer,
    Request,
    Target,
    Path,
    Query,
    /// The stage of a gateway, which precedes the path.
    Stage,
    Host,
    Url,
    Status,
    UpstreamStatus,
    Upstream,
    /// Who, with a domain or realm as it stands.
    Plain(Text),
    /// The same where the record has none yet; otherwise kept under the plan's name of this number.
    Otherwise(Text, u16),
    /// An id that hops pass on, in the header of this number among the plan's names: where the record has none of the
    /// column yet, it is that; another one is kept under the name.
    HopId(Text, u16),
    Count(Number),
    TokenTime(Number),
    /// The value of an Authorization header.
    Authorization,
    /// An API key in clear.
    ApiKey,
    /// A Cookie header.
    Cookies,
    /// A session id in clear.
    Session,
    /// The same where one vendor writes it and another a number by the same letter.
    SessionUnlessNumber,
    /// A count where one vendor writes it and another a text by the same letter.
    CountIfNumber(Number),
    /// The part of a second that the time has not, in units of which a second has `10^n`.
    TimeFraction(u8),
    /// HAProxy's frontend, with `~` behind it where the connection is TLS.
    Frontend,
    /// HAProxy's `backend/server`.
    Server,
    /// HAProxy's state at the end of the session, dashes where all went well.
    Termination,
    /// HAProxy's block of captured headers, without its braces.
    Captures,
    /// The captured header of the first number; kept under the plan's name of the second where nobody named it.
    Captured(u16, u16),
    /// The same of a response, before it is known how many the request has.
    CapturedOfResponse(u16, u16),
    /// When it ended, in units of which a second has `10^n`: how long it took, beside when it began.
    Ended(u8),
    /// Which share of the requests is logged: this one stands for so many, or is one of this share.
    StandsFor,
    Share,
    /// A text that holds several values, read along the plan of this number.
    Part(u16),
    /// A time written by the pattern of this number.
    Patterned(u16),
}

impl Field {
    /// Whether it could show who asks.
    pub(crate) const fn is_identity(self) -> bool {
        matches!(
            self,
            Self::Plain(Text::Principal | Text::Credential)
                | Self::Otherwise(Text::Principal | Text::Credential, _)
                | Self::Authorization
                | Self::ApiKey
        )
    }

    /// Whether its values are secrets in clear.
    pub(crate) const fn is_secret(self) -> bool {
        matches!(self, Self::Authorization | Self::ApiKey | Self::Cookies | Self::Session | Self::SessionUnlessNumber)
    }

    /// Whether lists of values occur in it, unquoted, with spaces.
    pub(crate) const fn is_list(self) -> bool {
        matches!(self, Self::Upstream | Self::UpstreamStatus | Self::Forwarded | Self::ForwardedPeer | Self::Extra(_))
    }

    /// Whether its values begin with a digit or a sign.
    pub(crate) const fn is_number(self) -> bool {
        matches!(self, Self::Status | Self::Count(_) | Self::Duration(_) | Self::DurationPart(_) | Self::ClientPort)
    }
}
