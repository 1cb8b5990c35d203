//! Where one actor was before its requests.
//!
//! An actor goes to few routes of many, so they are numbered for it alone, in order of their codes, and what is known of
//! them stands in small tables that are used again for the next actor.

use super::super::actors::Visit;
use foldhash::fast::FixedState;
use hashbrown::HashSet;

/// Routes of one actor that are told apart; an actor with more is a program that goes everywhere.
const PLACES: usize = 256;

/// The number of a route among those of the actor.
pub type Local = u32;

/// A route that the actor never was on.
pub const ELSEWHERE: Local = Local::MAX;

/// Where an actor was.
pub struct Trail {
    window: i64,
    beginnings: HashSet<u32, FixedState>,
    /// Its routes, ascending.
    routes: Vec<u32>,
    /// Their numbers from 1, by code of the route; 0 for those of others.
    local: Vec<Local>,
    /// Which of them sessions begin on.
    begins: Vec<bool>,
    /// Those that it was answered on, as far as they are told apart, and where each stands among them.
    told: Vec<Local>,
    place: Vec<Option<u32>>,
    /// Answered requests, by place.
    count: Vec<u32>,
    /// Those before which it was anywhere.
    coming: Vec<u32>,
    /// Those of the first place before which it was on the second.
    before: Vec<u32>,
    last: Vec<i64>,
}

impl Trail {
    /// Of nobody yet. Routes on which sessions begin lead nowhere.
    pub fn new(window: i64, beginnings: HashSet<u32, FixedState>) -> Self {
        Self {
            window,
            beginnings,
            routes: Vec::new(),
            local: Vec::new(),
            begins: Vec::new(),
            told: Vec::new(),
            place: Vec::new(),
            count: Vec::new(),
            coming: Vec::new(),
            before: Vec::new(),
            last: Vec::new(),
        }
    }

    /// Takes up the rows of another actor.
    pub fn follow(&mut self, visits: &[Visit]) {
        self.number(visits);
        let wide = self.told.len();
        for (table, length) in [(&mut self.count, wide), (&mut self.coming, wide), (&mut self.before, wide * wide)] {
            table.clear();
            table.resize(length, 0);
        }
        self.last.clear();
        self.last.resize(wide, i64::MIN);
        let leads: Vec<usize> = (0..wide).filter(|&from| !self.begins[self.told[from] as usize]).collect();
        for moment in visits.chunk_by(|a, b| a.ts == b.ts) {
            let answered = || moment.iter().filter(|visit| visit.answered);
            let place = |visit: &Visit| self.place[self.local[visit.route as usize] as usize - 1];
            for at in answered().filter_map(place) {
                self.last[at as usize] = moment[0].ts;
            }
            let since = moment[0].ts.saturating_sub(self.window);
            for at in answered().filter(|visit| visit.named).filter_map(place) {
                let at = at as usize;
                self.count[at] += 1;
                let row = &mut self.before[at * wide..(at + 1) * wide];
                let mut anywhere = false;
                for &from in leads.iter().filter(|&&from| from != at && self.last[from] >= since) {
                    row[from] += 1;
                    anywhere = true;
                }
                self.coming[at] += u32::from(anywhere);
            }
        }
    }

    /// Numbers the routes of some rows.
    fn number(&mut self, visits: &[Visit]) {
        self.routes.drain(..).for_each(|route| self.local[route as usize] = 0);
        for route in visits.iter().map(|visit| visit.route as usize) {
            if self.local.len() <= route {
                self.local.resize((route + 1).max(self.local.len() * 2), 0);
            }
            if self.local[route] == 0 {
                self.local[route] = 1;
                self.routes.push(route as u32);
            }
        }
        self.routes.sort_unstable();
        (1..).zip(&self.routes).for_each(|(number, &route)| self.local[route as usize] = number);
        self.begins.clear();
        self.begins.extend(self.routes.iter().map(|route| self.beginnings.contains(route)));
        self.place.clear();
        self.place.resize(self.routes.len(), None);
        for visit in visits.iter().filter(|visit| visit.answered) {
            self.place[self.local[visit.route as usize] as usize - 1] = Some(0);
        }
        self.told.clear();
        let mut places = 0..PLACES as u32;
        for (number, place) in (0..).zip(&mut self.place).filter(|(_, place)| place.is_some()) {
            *place = places.next();
            self.told.extend(place.map(|_| number));
        }
    }

    /// How many routes it was on.
    pub fn len(&self) -> usize {
        self.routes.len()
    }

    /// The code of a route.
    pub fn route(&self, route: Local) -> u32 {
        self.routes[route as usize]
    }

    /// The number of a route that it was on.
    pub fn local(&self, route: u32) -> Option<Local> {
        self.local.get(route as usize)?.checked_sub(1)
    }

    /// Whether sessions begin on a route.
    pub fn is_beginning(&self, route: Local) -> bool {
        self.begins[route as usize]
    }

    fn place(&self, route: Local) -> Option<usize> {
        self.place.get(route as usize).copied().flatten().map(|place| place as usize)
    }

    /// Routes of its answered requests.
    pub fn visited(&self) -> impl Iterator<Item = Local> {
        self.told.iter().zip(&self.count).filter(|(_, count)| **count > 0).map(|(&route, _)| route)
    }

    /// Whether it comes to a route from somewhere, in half of its requests or more.
    pub fn comes(&self, route: Local) -> bool {
        self.place(route).is_some_and(|at| self.coming[at] > 0 && self.coming[at] * 2 >= self.count[at])
    }

    /// Of its requests of a route: those before which it was on the other one.
    pub fn share(&self, route: Local, from: Local) -> f64 {
        match (self.place(route), self.place(from)) {
            (Some(at), Some(from)) => {
                f64::from(self.before[at * self.told.len() + from]) / f64::from(self.count[at]).max(1.0)
            }
            _ => 0.0,
        }
    }

    /// The shares of all routes that it was on before a route.
    pub fn shares(&self, route: Local) -> impl Iterator<Item = (Local, f64)> {
        let before = self.place(route).map_or(&[][..], |at| &self.before[at * self.told.len()..][..self.told.len()]);
        let from = self.told.iter().zip(before).filter(|(_, count)| **count > 0);
        from.map(move |(&from, _)| (from, self.share(route, from)))
    }

    /// Tells each request that counts with where the actor was before. Requests at one time are before each other.
    pub fn each(&self, visits: &[Visit], counts: impl Fn(&Visit) -> bool, mut tell: impl FnMut(&Visit, &Paths)) {
        let (last, asked) = (vec![i64::MIN; self.len()], vec![i64::MIN; self.len()]);
        let mut paths = Paths { own: 0, since: 0, last, asked };
        let local = |visit: &Visit| self.local[visit.route as usize] - 1;
        for moment in visits.chunk_by(|a, b| a.ts == b.ts) {
            for visit in moment.iter().filter(|visit| visit.answered) {
                paths.last[local(visit) as usize] = visit.ts;
            }
            paths.since = moment[0].ts.saturating_sub(self.window);
            for visit in moment.iter().filter(|visit| visit.named && counts(visit)) {
                paths.own = local(visit);
                tell(visit, &paths);
            }
            for visit in moment.iter().filter(|visit| visit.named && counts(visit)) {
                paths.asked[local(visit) as usize] = visit.ts;
            }
        }
    }
}

/// Where an actor was last, and when it last asked for each route, up to a request.
pub struct Paths {
    own: Local,
    since: i64,
    /// Answered requests up to the moment, those at it included.
    last: Vec<i64>,
    /// Requests before the moment, answered or not.
    asked: Vec<i64>,
}

impl Paths {
    /// The route of the request.
    pub fn own(&self) -> Local {
        self.own
    }

    /// Whether it was on one of some routes within the window before.
    pub fn on_one_of(&self, routes: &[Local]) -> bool {
        routes
            .iter()
            .any(|&route| route != self.own && self.last.get(route as usize).is_some_and(|&ts| self.is_recent(ts)))
    }

    /// The other routes that it was on within the window and since it last asked for this one.
    pub fn between(&self) -> impl Iterator<Item = Local> {
        let asked = self.asked[self.own as usize];
        let others = (0..).zip(&self.last).filter(|&(route, _)| route != self.own);
        others.filter(move |&(_, &ts)| self.is_recent(ts) && ts > asked).map(|(route, _)| route)
    }

    fn is_recent(&self, ts: i64) -> bool {
        ts != i64::MIN && ts >= self.since
    }
}
