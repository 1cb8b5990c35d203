//! What a value of a list may be.

/// What a value of a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // each is named below
pub enum Kind {
    Ip,
    Object,
    Principal,
    ClientApp,
    Credential,
    Session,
    UserAgent,
    Host,
    Path,
    Route,
    TlsFingerprint,
    RequestId,
    TraceId,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Ip,
        Self::Object,
        Self::Principal,
        Self::ClientApp,
        Self::Credential,
        Self::Session,
        Self::UserAgent,
        Self::Host,
        Self::Path,
        Self::Route,
        Self::TlsFingerprint,
        Self::RequestId,
        Self::TraceId,
    ];

    /// The name in options and output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Object => "object",
            Self::Principal => "principal",
            Self::ClientApp => "client-app",
            Self::Credential => "credential",
            Self::Session => "session",
            Self::UserAgent => "user-agent",
            Self::Host => "host",
            Self::Path => "path",
            Self::Route => "route",
            Self::TlsFingerprint => "tls-fingerprint",
            Self::RequestId => "request-id",
            Self::TraceId => "trace-id",
        }
    }

    /// The columns of `requests` that hold such values.
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Ip => &["client_ip", "peer_ip"],
            Self::Object => &[],
            Self::Principal => &["principal"],
            Self::ClientApp => &["client_app"],
            Self::Credential => &["credential", "session", "client_app"],
            Self::Session => &["session"],
            Self::UserAgent => &["user_agent"],
            Self::Host => &["host"],
            Self::Path => &["path"],
            Self::Route => &["route"],
            Self::TlsFingerprint => &["tls_fingerprint"],
            Self::RequestId => &["request_id"],
            Self::TraceId => &["trace_id"],
        }
    }

    /// Whether values of a column are the same things as values of this kind: they account for themselves.
    pub fn is_itself(self, column: &str) -> bool {
        match self {
            // A key and the application that it belongs to are two things.
            Self::Credential => column == "credential",
            _ => self.columns().contains(&column),
        }
    }

    /// Whether values of it are secrets in clear and kept as fingerprints.
    pub const fn is_secret(self) -> bool {
        matches!(self, Self::Credential | Self::Session)
    }
}

impl std::str::FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = text.replace('_', "-").to_lowercase();
        let wanted = if wanted == "client-ip" { "ip" } else { &wanted };
        Self::ALL.into_iter().find(|kind| kind.name() == wanted).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|kind| kind.name()).collect();
            format!("unknown kind `{text}`; kinds are {}", names.join(", "))
        })
    }
}
