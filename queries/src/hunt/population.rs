//! Groups compared with their peers: the second phase of a rule.
//!
//! Peers are other groups of the same part of the population, or, where a time is known to be clean, groups measured
//! in that time only. Then counts are scaled to the whole log: a count grows at most in proportion to the time, so a
//! peer is never made smaller than it is, and nobody stands out because the clean time is short.
//!
//! Nobody is compared with itself: every figure of the peers, quantiles and deviations too, is taken over the others.
//! Where peers are few, a loud group would otherwise be its own p99 and hide behind it.

use super::bounds::Bounds;
use crate::expr::Expr;
use crate::expr::scalar::{Scope, Value, evaluate};
use crate::measure::Measure;
use crate::measure::spread::quantile_without;
use crate::rule::{Rule, Sign};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use std::cell::RefCell;
use std::rc::Rc;

/// The table of groups: keys and measures.
#[derive(Default)]
pub struct Table {
    /// Columns in a key: vantage, level, calendar.
    pub width: usize,
    /// Keys, one after another.
    pub keys: Vec<u32>,
    /// Time of the first and last row of each group, microseconds; `i64::MIN` where none has a time.
    pub spans: Vec<(i64, i64)>,
    /// Rows of each group.
    pub sizes: Vec<u32>,
    /// One column a measure of the rule, NaN for NULL. Who is no candidate has only those that peers are compared by; a
    /// column that nobody needed yet is empty.
    pub measures: Vec<Vec<f64>>,
    /// Groups that no plain floor of the rule rules out and that nothing has decided yet, ascending.
    pub candidates: Vec<u32>,
    /// Groups that no plain floor rules out, and whose condition is FALSE by some of their measures; the others are open.
    pub settled: Vec<u32>,
}

impl Table {
    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.sizes.len()
    }

    /// The key of a group.
    pub fn key(&self, group: usize) -> &[u32] {
        &self.keys[group * self.width..(group + 1) * self.width]
    }

    /// A measure of a group, NaN for NULL and where it was not taken.
    pub fn value(&self, measure: usize, group: usize) -> f64 {
        self.measures[measure].get(group).copied().unwrap_or(f64::NAN)
    }

    /// Notes a measure of a group.
    pub fn set(&mut self, measure: usize, group: usize, value: f64) {
        let all = self.len();
        let column = &mut self.measures[measure];
        if column.len() < all {
            column.resize(all, f64::NAN);
        }
        column[group] = value;
    }
}

/// Sums of two measures.
type Sums = (f64, f64);

/// A measure and a figure of it, as a key.
type Around = (usize, u64);

/// Peers of one part of the population, and their sorted measures as they are asked for.
#[derive(Default)]
struct Peers {
    groups: Vec<u32>,
    /// By measure the two that have a value and whose first rows come first.
    earliest: RefCell<HashMap<usize, [Option<u32>; 2], FixedState>>,
    sorted: RefCell<HashMap<usize, Rc<Vec<f64>>, FixedState>>,
    /// Sorted distances to a median, by measure and median: leaving one group out, there are three medians at most.
    distances: RefCell<HashMap<Around, Vec<f64>, FixedState>>,
    /// Sums of two measures over the ordinary ones, by both and the bound under which they are.
    ordinary: RefCell<HashMap<(usize, Around), Sums, FixedState>>,
}

/// The population of a level.
pub struct Population<'a> {
    rule: &'a Rule,
    table: &'a Table,
    /// The groups that peers are taken from: those of `table`, or the same in clean time.
    pool: &'a Table,
    /// Where the pool is another table: the peers with a group's own key.
    selves: Option<HashMap<Vec<u32>, Vec<u32>, FixedState>>,
    /// What each measure in the pool is multiplied by.
    scales: Vec<f64>,
    parts: Vec<Peers>,
    /// By group of the table which part it is in; `NO_PART` where none of its part is a peer.
    part_of: Vec<u32>,
    /// Whether peers are the same actor's other groups.
    own_past: bool,
}

/// What a group was told from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The rule compares with nobody, or with the same actor's other groups, or there are peers enough.
    Sound,
    /// So many peers, enough for the rule but too few to lean on.
    Few(usize),
    /// So many peers, too few for the rule: told by its own figures.
    Alone(usize),
}

/// Groups measured in a time known to be clean.
pub struct Clean {
    /// Their measures there.
    pub table: Table,
    /// The time of the log over the clean time in it, at least 1; 1 where groups are windows of a given length.
    pub scale: f64,
}

/// A group of a part that has no peers.
const NO_PART: u32 = u32::MAX;

/// Columns that name an actor: groups which have one in common are one actor's.
const ACTORS: [&str; 6] = ["client_ip", "client_net", "principal", "credential", "client_app", "session"];

/// Measures that grow with the time looked at, at most in proportion.
const GROWING: [&str; 9] = ["count", "n_unique", "sum", "pairs", "per_each", "days", "hours", "returns", "sequences"];

impl<'a> Population<'a> {
    /// Sorts the groups of a level, or those in clean time, into parts.
    pub fn new(rule: &'a Rule, table: &'a Table, level: &[String], clean: Option<&'a Clean>) -> Self {
        let (pool, scale) = clean.map_or((table, 1.0), |clean| (&clean.table, clean.scale));
        let mut selves: Option<HashMap<Vec<u32>, Vec<u32>, FixedState>> = clean.map(|_| HashMap::default());
        let mut own_past = false;
        let mut parts: Vec<Peers> = Vec::new();
        let mut part_of: Vec<u32> = Vec::new();
        if let Some(among) = &rule.among {
            let partition = Self::partition(rule, level);
            own_past = among.peers_on.iter().any(|name| level.contains(name) && ACTORS.contains(&name.as_str()));
            let asked = Self::asked(rule, table, &partition);
            let mut numbers: HashMap<Vec<u32>, u32, FixedState> = HashMap::default();
            let mut key: Vec<u32> = Vec::new();
            let bounds = among.only.as_ref().and_then(|only| Bounds::of(rule, only));
            let counts = |only: &Expr, group: usize| match &bounds {
                Some(bounds) => bounds.truth(pool, group),
                None => evaluate(only, &GroupScope { rule, table: pool, group, population: None }).truth(),
            };
            for group in 0..pool.len() {
                key.clear();
                key.extend(partition.iter().map(|&at| pool.key(group)[at]));
                let is_peer = asked.as_ref().is_none_or(|asked| asked.contains(&key))
                    && among.only.as_ref().is_none_or(|only| counts(only, group) == Some(true));
                if is_peer {
                    let part = *numbers.entry_ref(key.as_slice()).or_insert_with(|| {
                        parts.push(Peers::default());
                        parts.len() as u32 - 1
                    });
                    parts[part as usize].groups.push(group as u32);
                    if let Some(selves) = &mut selves {
                        selves.entry(pool.key(group).to_vec()).or_default().push(group as u32);
                    }
                }
            }
            part_of.extend((0..table.len()).map(|group| {
                key.clear();
                key.extend(partition.iter().map(|&at| table.key(group)[at]));
                numbers.get(&key).copied().unwrap_or(NO_PART)
            }));
        }
        let scale_of = |measure: &Measure| if GROWING.contains(&measure.function) { scale } else { 1.0 };
        let scales = rule.measures.iter().map(scale_of).collect();
        Self { rule, table, pool, selves, scales, parts, part_of, own_past }
    }

    /// Where in a key the columns stand that peers have in common.
    pub fn partition(rule: &Rule, level: &[String]) -> Vec<usize> {
        let peers_on = rule.among.iter().flat_map(|among| &among.peers_on);
        let positions = peers_on.filter_map(|name| level.iter().position(|column| column == name));
        std::iter::once(0).chain(positions.map(|at| at + 1)).collect()
    }

    /// The parts that candidates are in; `None` where others are asked about as well.
    fn asked(rule: &Rule, table: &Table, partition: &[usize]) -> Option<HashSet<Vec<u32>, FixedState>> {
        let alongside = rule.join.as_ref().is_some_and(|join| join.alongside.is_some());
        let part = |&group: &u32| partition.iter().map(|&at| table.key(group as usize)[at]).collect();
        (!alongside && !table.candidates.is_empty()).then(|| table.candidates.iter().map(part).collect())
    }

    /// Whether peers were measured in a time known to be clean.
    pub fn is_clean(&self) -> bool {
        self.selves.is_some()
    }

    /// The peers that are the group itself, sorted.
    fn selves(&self, group: usize) -> Vec<u32> {
        match &self.selves {
            Some(selves) => selves.get(self.table.key(group)).cloned().unwrap_or_default(),
            None => vec![group as u32],
        }
    }

    /// What a measure in the pool is multiplied by.
    fn scale(&self, measure: usize) -> f64 {
        self.scales.get(measure).copied().unwrap_or(1.0)
    }

    /// A measure of a peer, as it is compared.
    fn of_peer(&self, measure: usize, peer: u32) -> f64 {
        self.pool.value(measure, peer as usize) * self.scale(measure)
    }

    /// What a group is told from.
    pub fn basis(&self, group: usize) -> Basis {
        let Some(among) = &self.rule.among else { return Basis::Sound };
        match self.size(group) {
            n if n < among.at_least => Basis::Alone(n),
            n if n < among.enough && !self.own_past => Basis::Few(n),
            _ => Basis::Sound,
        }
    }

    fn peers(&self, group: usize) -> Option<&Peers> {
        self.parts.get(*self.part_of.get(group)? as usize)
    }

    /// Peers of a group, itself not counted.
    pub fn size(&self, group: usize) -> usize {
        let Some(peers) = self.peers(group) else { return 0 };
        let own = self.selves(group).iter().filter(|own| peers.groups.binary_search(own).is_ok()).count();
        peers.groups.len() - own
    }

    /// Whether there are enough peers to compare with.
    pub fn suffices(&self, group: usize) -> bool {
        self.rule.among.as_ref().is_none_or(|among| self.size(group) >= among.at_least)
    }

    /// The sorted values of a measure over a group's part of the population, itself included.
    fn sorted(&self, group: usize, measure: usize) -> Option<Rc<Vec<f64>>> {
        let peers = self.peers(group)?;
        if let Some(values) = peers.sorted.borrow().get(&measure) {
            return Some(Rc::clone(values));
        }
        let mut values: Vec<f64> =
            peers.groups.iter().map(|&peer| self.of_peer(measure, peer)).filter(|value| !value.is_nan()).collect();
        values.sort_by(f64::total_cmp);
        let values = Rc::new(values);
        peers.sorted.borrow_mut().insert(measure, Rc::clone(&values));
        Some(values)
    }

    /// What a measure has for the group itself among those values, sorted.
    fn own(&self, group: usize, measure: usize) -> Vec<f64> {
        let Some(peers) = self.peers(group) else { return Vec::new() };
        let mine = self.selves(group).into_iter().filter(|own| peers.groups.binary_search(own).is_ok());
        let mut own: Vec<f64> = mine.map(|own| self.of_peer(measure, own)).filter(|value| !value.is_nan()).collect();
        own.sort_by(f64::total_cmp);
        own
    }

    /// How many of a group's peers have a value of a measure, itself not counted.
    pub fn known(&self, group: usize, measure: usize) -> usize {
        self.sorted(group, measure).map_or(0, |sorted| sorted.len() - self.own(group, measure).len())
    }

    /// The value of a measure at a quantile of a group's peers, itself left out.
    pub fn quantile(&self, group: usize, measure: usize, q: f64) -> Option<f64> {
        quantile_without(&self.sorted(group, measure)?, &self.own(group, measure), q)
    }

    fn others(&self, group: usize, measure: usize) -> impl Iterator<Item = f64> + '_ {
        let selves = self.selves(group);
        self.peers(group)
            .into_iter()
            .flat_map(|peers| &peers.groups)
            .filter(move |peer| !selves.contains(peer))
            .map(move |&peer| self.of_peer(measure, peer))
            .filter(|value| !value.is_nan())
    }

    fn value(&self, group: usize, name: &str, arguments: &[Expr]) -> Option<f64> {
        if name == "peers.n" {
            return Some(self.size(group) as f64);
        }
        if !self.suffices(group) {
            return None;
        }
        let measure = |index: usize| match arguments.get(index) {
            Some(Expr::Name(name, _)) => self.rule.measures.iter().position(|measure| measure.name == *name),
            _ => None,
        };
        let first = measure(0)?;
        let at = |q: f64| self.quantile(group, first, q);
        match name {
            "peers.median" => at(0.5),
            "peers.p75" => at(0.75),
            "peers.p90" => at(0.9),
            "peers.p95" => at(0.95),
            "peers.p99" => at(0.99),
            "peers.mad" => self.deviation(group, first),
            "peers.max" => self.outermost(group, first, true),
            "peers.min" => self.outermost(group, first, false),
            "peers.earliest" => self.earliest(group, first),
            "peers.sum" => Some(self.others(group, first).sum()),
            "peers.like" => self.alike(group, first),
            "z" => {
                let own = self.table.value(first, group);
                Some((own - at(0.5)?) / (1.4826 * self.deviation(group, first)?.max(1.0)))
            }
            "ordinary.share" => self.ordinary_share(group, first, measure(1)?),
            _ => None,
        }
    }

    /// The largest or the smallest value of the other peers. Their sorted values are at hand, so nobody is looked at twice.
    fn outermost(&self, group: usize, measure: usize, largest: bool) -> Option<f64> {
        let (all, own) = (self.sorted(group, measure)?, self.own(group, measure));
        if largest { first_beside(all.iter().rev(), own.iter().rev()) } else { first_beside(all.iter(), own.iter()) }
    }

    /// The measure of the other peer whose first row comes first: where an identity was at home before all else.
    /// Of several that begin together, the largest value.
    fn earliest(&self, group: usize, measure: usize) -> Option<f64> {
        let (selves, value) = (self.selves(group), |peer: u32| self.pool.value(measure, peer as usize));
        let peers = self.peers(group)?;
        let before = |a: u32, b: u32| {
            let start = |peer: u32| self.pool.spans[peer as usize].0;
            let larger = || value(b).total_cmp(&value(a));
            start(a).cmp(&start(b)).then_with(larger).then(a.cmp(&b))
        };
        let known = || peers.groups.iter().copied().filter(|&peer| !value(peer).is_nan());
        let first = match selves.as_slice() {
            // Leaving one out, it is one of the first two.
            [own] => {
                let two = *peers.earliest.borrow_mut().entry(measure).or_insert_with(|| {
                    let first = known().min_by(|&a, &b| before(a, b));
                    [first, known().filter(|&peer| Some(peer) != first).min_by(|&a, &b| before(a, b))]
                });
                two.into_iter().flatten().find(|peer| peer != own)
            }
            _ => known().filter(|peer| !selves.contains(peer)).min_by(|&a, &b| before(a, b)),
        };
        first.map(|peer| self.of_peer(measure, peer))
    }

    /// How many of the other peers have half of a group's value or more: whether it is one of several.
    fn alike(&self, group: usize, measure: usize) -> Option<f64> {
        let least = self.table.value(measure, group) / 2.0;
        if least.is_nan() {
            return None;
        }
        let of = |values: &[f64]| values.len() - values.partition_point(|&value| value < least);
        Some((of(&self.sorted(group, measure)?) - of(&self.own(group, measure))) as f64)
    }

    /// Median of the other peers' distances to their median.
    fn deviation(&self, group: usize, measure: usize) -> Option<f64> {
        let peers = self.peers(group)?;
        let middle = self.quantile(group, measure, 0.5)?;
        let mut own: Vec<f64> = self.own(group, measure).iter().map(|value| (value - middle).abs()).collect();
        own.sort_by(f64::total_cmp);
        let key = (measure, middle.to_bits());
        if let Some(distances) = peers.distances.borrow().get(&key) {
            return quantile_without(distances, &own, 0.5);
        }
        let sorted = self.sorted(group, measure)?;
        let mut distances: Vec<f64> = sorted.iter().map(|value| (value - middle).abs()).collect();
        distances.sort_by(f64::total_cmp);
        let deviation = quantile_without(&distances, &own, 0.5);
        peers.distances.borrow_mut().insert(key, distances);
        deviation
    }

    /// `(sum a + 0.5) / (sum b + 1)` over the other peers at or under the median of the ordinary measure:
    /// what is usual here, with the loud ones (who may be the campaign's other members) left out.
    fn ordinary_share(&self, group: usize, a: usize, b: usize) -> Option<f64> {
        let by = self.rule.among.as_ref()?.ordinary.as_ref()?;
        let by = self.rule.measures.iter().position(|measure| measure.name == *by)?;
        let bound = self.quantile(group, by, 0.5)?;
        let ordinary = |peer: usize| self.of_peer(by, peer as u32) <= bound;
        let peers = self.peers(group)?;
        let of = |peer: usize| (self.pool.value(a, peer).max(0.0), self.pool.value(b, peer).max(0.0));
        // Summed once for all members; each then leaves itself out. Counts are whole, so nothing is lost by it.
        let key = (a, (b, bound.to_bits()));
        let known = peers.ordinary.borrow().get(&key).copied();
        let (mut upper, mut lower) = known.unwrap_or_else(|| {
            let usual = peers.groups.iter().map(|&peer| peer as usize).filter(|&peer| ordinary(peer));
            let sums = usual.map(of).fold((0.0, 0.0), |sums, own| (sums.0 + own.0, sums.1 + own.1));
            peers.ordinary.borrow_mut().insert(key, sums);
            sums
        });
        for own in self.selves(group) {
            if peers.groups.binary_search(&own).is_ok() && ordinary(own as usize) {
                let own = of(own as usize);
                upper -= own.0;
                lower -= own.1;
            }
        }
        let (upper, lower) = (upper + 0.5, lower + 1.0);
        Some(upper / lower)
    }
}

/// The first of some values without those of `own`, which stand among them in the same order.
fn first_beside<'v>(mut all: impl Iterator<Item = &'v f64>, own: impl Iterator<Item = &'v f64>) -> Option<f64> {
    let mut own = own.peekable();
    all.find(|value| own.next_if(|mine| mine.total_cmp(value).is_eq()).is_none()).copied()
}

/// One group as a scope: measures, signs, population.
pub struct GroupScope<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// The groups.
    pub table: &'a Table,
    /// The group.
    pub group: usize,
    /// Its peers, where there are any to compare with.
    pub population: Option<&'a Population<'a>>,
}

impl Scope for GroupScope<'_> {
    fn name(&self, name: &str) -> Value<'_> {
        if let Some(at) = self.rule.measures.iter().position(|measure| measure.name == name) {
            let value = self.table.value(at, self.group);
            return if value.is_nan() { Value::Null } else { Value::Number(value) };
        }
        if let Some(Sign { when, .. }) = self.rule.signs.iter().find(|sign| sign.name == name) {
            return evaluate(when, self);
        }
        if name == "peers.n" { self.call(name, &[]) } else { Value::Null }
    }

    fn call(&self, name: &str, arguments: &[Expr]) -> Value<'_> {
        let value = self.population.and_then(|population| population.value(self.group, name, arguments));
        value.filter(|value| value.is_finite()).map_or(Value::Null, Value::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(clippy::unwrap_used)]
    fn rule() -> Rule {
        let yaml = "title: t\nid: t\nstatus: test\nlevel: low\nfalsepositives: [x]\nbreachline:\n  what: w\n  why: w\n  \
                    innocent_if: i\n  next_steps: n\n  headline: h\n  per: [route]\n  measure: {a: count(), b: count()}\n  \
                    among: {at_least: 2, ordinary: b}\n  when: z(a) > 3\n  roles: {}\n";
        Rule::parse(yaml, "t.yml").unwrap()
    }

    fn table(a: &[f64]) -> Table {
        Table {
            width: 2,
            keys: (0..a.len() as u32).flat_map(|group| [1, group + 1]).collect(),
            spans: vec![(0, 0); a.len()],
            sizes: vec![1; a.len()],
            measures: vec![a.to_vec(), vec![1.0; a.len()]],
            candidates: Vec::new(),
            settled: Vec::new(),
        }
    }

    #[test]
    fn one_loud_group_stands_out_and_too_few_peers_say_nothing() {
        let rule = rule();
        let level = vec!["route".to_owned()];
        let loud = table(&[1.0, 1.0, 2.0, 1.0, 50.0]);
        let population = Population::new(&rule, &loud, &level, None);
        let fires = |group| {
            let scope = GroupScope { rule: &rule, table: &loud, group, population: Some(&population) };
            evaluate(&rule.when, &scope).truth()
        };
        assert_eq!((fires(4), fires(0)), (Some(true), Some(false)));
        let few = table(&[1.0, 50.0]);
        let population = Population::new(&rule, &few, &level, None);
        assert!(!population.suffices(1));
        let scope = GroupScope { rule: &rule, table: &few, group: 1, population: Some(&population) };
        assert_eq!(evaluate(&rule.when, &scope).truth(), None);
    }

    #[test]
    fn few_peers_are_told_from_none_and_from_enough() {
        let rule = rule();
        let level = vec!["route".to_owned()];
        for (groups, basis) in [(2, Basis::Alone(1)), (3, Basis::Few(2)), (30, Basis::Few(29)), (31, Basis::Sound)] {
            let table = table(&vec![1.0; groups]);
            assert_eq!(Population::new(&rule, &table, &level, None).basis(0), basis);
        }
    }

    #[test]
    fn clean_time_is_scaled_to_the_log_and_leaves_out_what_came_later() {
        let rule = rule();
        let level = vec!["route".to_owned()];
        // The first three groups were there in clean time, with a fourth of what they have in the whole log.
        let whole = table(&[4.0, 8.0, 12.0, 90.0, 90.0, 90.0, 90.0]);
        let clean = Clean { table: table(&[1.0, 2.0, 3.0]), scale: 4.0 };
        let name = [Expr::Name("a".to_owned(), crate::expr::Span::default())];
        let all = Population::new(&rule, &whole, &level, None);
        assert_eq!(all.value(0, "peers.median", &name), Some(90.0));
        assert_eq!(all.value(3, "peers.median", &name), Some(12.0), "of the six others, the lower one of two");
        let known = Population::new(&rule, &whole, &level, Some(&clean));
        assert_eq!((known.size(3), known.size(0)), (3, 2));
        assert_eq!(known.value(3, "peers.median", &name), Some(8.0));
        assert_eq!(known.value(0, "peers.sum", &name), Some(20.0));
        assert_eq!(known.value(3, "peers.max", &name), Some(12.0));
        assert_eq!(known.value(3, "z", &name), Some((90.0 - 8.0) / (1.4826 * 4.0)));
    }

    #[test]
    fn nobody_hides_behind_its_own_figure() {
        let rule = rule();
        let groups = table(&[1.0, 2.0, 3.0, 90.0]);
        let population = Population::new(&rule, &groups, &["route".to_owned()], None);
        let name = [Expr::Name("a".to_owned(), crate::expr::Span::default())];
        assert_eq!(population.value(3, "peers.p99", &name), Some(3.0));
        assert_eq!(population.value(0, "peers.p99", &name), Some(90.0));
        assert_eq!((population.known(3, 0), population.quantile(3, 0, 0.5)), (3, Some(2.0)));
    }

    proptest::proptest! {
        #[test]
        fn statistics_like_brute_force(a in proptest::collection::vec(0_u8..20, 3..30)) {
            let values: Vec<f64> = a.iter().map(|&value| f64::from(value)).collect();
            let rule = rule();
            let groups = table(&values);
            let population = Population::new(&rule, &groups, &["route".to_owned()], None);
            let name = [Expr::Name("a".to_owned(), crate::expr::Span::default())];
            let mut sorted = values[1..].to_vec();
            sorted.sort_by(f64::total_cmp);
            let median = sorted[sorted.len().div_ceil(2) - 1];
            proptest::prop_assert_eq!(population.value(0, "peers.median", &name), Some(median));
            let mut far: Vec<f64> = sorted.iter().map(|value| (value - median).abs()).collect();
            far.sort_by(f64::total_cmp);
            proptest::prop_assert_eq!(population.value(0, "peers.mad", &name), Some(far[far.len().div_ceil(2) - 1]));
            let rest: f64 = values[1..].iter().sum();
            proptest::prop_assert_eq!(population.value(0, "peers.sum", &name), Some(rest));
            let most = values[1..].iter().copied().fold(f64::MIN, f64::max);
            proptest::prop_assert_eq!(population.value(0, "peers.max", &name), Some(most));
            let alike = values[1..].iter().filter(|&&value| value >= values[0] / 2.0).count();
            proptest::prop_assert_eq!(population.value(0, "peers.like", &name), Some(alike as f64));
        }

        #[test]
        fn outermost_and_earliest_like_brute_force(
            groups in proptest::collection::vec((proptest::option::weighted(0.8, 0_u8..6), 0_i64..4), 3..20),
            clean in proptest::bool::ANY,
        ) {
            let values: Vec<f64> = groups.iter().map(|(value, _)| value.map_or(f64::NAN, f64::from)).collect();
            let rule = rule();
            let mut whole = table(&values);
            whole.spans = groups.iter().map(|&(_, start)| (start, start)).collect();
            // In clean time each group is there twice, as in two windows.
            let mut twice = table(&[values.clone(), values.clone()].concat());
            twice.keys = [whole.keys.clone(), whole.keys.clone()].concat();
            twice.spans = [whole.spans.clone(), whole.spans.clone()].concat();
            let clean = clean.then_some(Clean { table: twice, scale: 1.0 });
            let population = Population::new(&rule, &whole, &["route".to_owned()], clean.as_ref());
            let name = [Expr::Name("a".to_owned(), crate::expr::Span::default())];
            for own in 0..values.len() {
                let others = || (0..values.len()).filter(|&peer| peer != own && !values[peer].is_nan());
                let largest = others().map(|peer| values[peer]).max_by(f64::total_cmp);
                let smallest = others().map(|peer| values[peer]).min_by(f64::total_cmp);
                proptest::prop_assert_eq!(population.value(own, "peers.max", &name), largest);
                proptest::prop_assert_eq!(population.value(own, "peers.min", &name), smallest);
                let first = others().min_by_key(|&peer| (groups[peer].1, -(values[peer] as i64)));
                proptest::prop_assert_eq!(population.value(own, "peers.earliest", &name), first.map(|peer| values[peer]));
            }
        }
    }
}
