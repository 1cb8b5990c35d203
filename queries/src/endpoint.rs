//! One endpoint: what it answered, to whom, since when without a credential, or that nobody asked for it.
//!
//! In: a template as an analyst writes it, or a path. Out: [`Endpoint`]. Pure data; rendered in the root package.

mod names;

use crate::breakdown::{Breakdown, by};
use crate::reach::{self, Reach, reach};
use crate::requests::{Answer, Auth, Requests};
use crate::summary::{Summary, summarise};

pub use names::{How, Named};

/// The parts of a breakdown that are named.
const TOP: usize = 10;

/// One endpoint.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// What was asked for and what it was taken for.
    pub named: Named,
    /// What these logs cover.
    pub reach: Reach,
    /// Rows that count, in total order.
    pub rows: Vec<u32>,
    /// What became of them.
    pub summary: Summary,
    /// The same by what was shown and what was answered.
    pub states: Vec<State>,
    /// Answers without a credential.
    pub bare: Bare,
    /// By method.
    pub methods: Breakdown,
    /// By status.
    pub statuses: Breakdown,
    /// By client address.
    pub clients: Breakdown,
    /// By principal.
    pub principals: Breakdown,
    /// By application.
    pub client_apps: Breakdown,
}

/// Requests that showed the same and got the same.
#[derive(Clone, Debug)]
pub struct State {
    /// What was shown.
    pub auth: Auth,
    /// What was answered.
    pub answer: Answer,
    /// The rows, in total order.
    pub rows: Vec<u32>,
    /// What became of them.
    pub summary: Summary,
}

/// What an endpoint gave to those who showed no credential.
#[derive(Clone, Debug)]
pub struct Bare {
    /// Whether these logs would show a credential at some request of it; if not, nothing can be said.
    pub is_recorded: bool,
    /// Answers with data to requests without a credential, in total order.
    pub rows: Vec<u32>,
    /// What became of them; `first` is since when.
    pub summary: Summary,
    /// Requests without a credential, or with a refused one, that were refused before the first such answer.
    pub refused_before: Vec<u32>,
    /// What became of those.
    pub summary_before: Summary,
    /// Requests without a credential, or with a refused one, that were refused after the last such answer.
    pub refused_after: Vec<u32>,
    /// What became of those.
    pub summary_after: Summary,
}

/// Looks at one endpoint, of one method if one is given.
pub fn endpoint(requests: &Requests, template: &str) -> Endpoint {
    let named = names::resolve(requests, template);
    let rows = rows(requests, &named);
    let summary = summarise(requests, &rows);
    let parts = |column: &str| by(requests, &rows, column, TOP);
    Endpoint {
        reach: reach(requests),
        states: states(requests, &rows),
        bare: bare(requests, &rows),
        methods: parts("method"),
        statuses: parts("status"),
        clients: parts("client_ip"),
        principals: parts("principal"),
        client_apps: parts("client_app"),
        named,
        summary,
        rows,
    }
}

/// Requests of an endpoint, in total order.
fn rows(requests: &Requests, named: &Named) -> Vec<u32> {
    let (Some(routes), Some(paths), Some(methods)) =
        (requests.text("route"), requests.text("path"), requests.text("method"))
    else {
        return Vec::new();
    };
    let is_route = |row: usize| named.route_codes.binary_search(&routes.code(row)).is_ok();
    let is_path = |row: usize| named.path_codes.binary_search(&paths.code(row)).is_ok();
    let is_method = |row: usize| {
        named
            .method
            .as_deref()
            .is_none_or(|wanted| methods.get(row).is_some_and(|method| method.eq_ignore_ascii_case(wanted)))
    };
    reach::rows(requests)
        .into_iter()
        .filter(|&row| (is_route(row as usize) || is_path(row as usize)) && is_method(row as usize))
        .collect()
}

fn states(requests: &Requests, rows: &[u32]) -> Vec<State> {
    let of = |row: u32| auth_and_answer(requests, row);
    let mut states = Vec::new();
    for auth in Auth::ALL {
        for answer in Answer::ALL {
            let rows: Vec<u32> = rows.iter().copied().filter(|&row| of(row) == (auth, answer)).collect();
            if !rows.is_empty() {
                let summary = summarise(requests, &rows);
                states.push(State { auth, answer, rows, summary });
            }
        }
    }
    states
}

fn auth_and_answer(requests: &Requests, row: u32) -> (Auth, Answer) {
    let derived = &requests.derived;
    (
        derived.auth.get(row as usize).copied().unwrap_or(Auth::Unknown),
        derived.answer.get(row as usize).copied().unwrap_or(Answer::Other),
    )
}

fn bare(requests: &Requests, rows: &[u32]) -> Bare {
    let pick = |holds: &dyn Fn(Auth, Answer) -> bool| -> Vec<u32> {
        let of = |row: u32| auth_and_answer(requests, row);
        rows.iter().copied().filter(|&row| holds(of(row).0, of(row).1)).collect()
    };
    let is_answered = |row: &u32| auth_and_answer(requests, *row).0 == Auth::None && requests.is_hit(*row);
    let answered: Vec<u32> = rows.iter().copied().filter(is_answered).collect();
    let refused = pick(&|auth, answer| auth == Auth::Refused || (auth == Auth::None && answer == Answer::Denied));
    // Rows stand in total order, and so do their places in the list of all.
    let place = |row: &u32| (requests.facts.ts_values()[*row as usize], *row);
    let (first, last) = (answered.first().map(place), answered.last().map(place));
    let before: Vec<u32> =
        refused.iter().copied().filter(|row| first.is_some_and(|first| place(row) < first)).collect();
    let after: Vec<u32> = refused.iter().copied().filter(|row| last.is_some_and(|last| place(row) > last)).collect();
    Bare {
        is_recorded: rows.iter().any(|&row| auth_and_answer(requests, row).0 != Auth::Unknown),
        summary: summarise(requests, &answered),
        rows: answered,
        summary_before: summarise(requests, &before),
        refused_before: before,
        summary_after: summarise(requests, &after),
        refused_after: after,
    }
}

/// The routes of the targets of a path, sorted.
fn routes_of(requests: &Requests, path: u32) -> Vec<u32> {
    let derived = &requests.derived;
    let targets = derived.path_of_target.iter().zip(&derived.route_of_target);
    let mut routes: Vec<u32> = targets.filter(|(of, _)| **of == path).map(|(_, &route)| route).collect();
    routes.sort_unstable();
    routes.dedup();
    routes
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
