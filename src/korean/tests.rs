use super::*;
use breachline_queries::hunt::{HuntOptions, hunt};
use breachline_queries::rule;
use std::collections::BTreeSet;
use std::path::Path;

fn names(template: &str) -> BTreeSet<&str> {
    template.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn values_are_read_back_from_sentences() {
    let english = "{client_ip} asked {n} times, {share%} in vain";
    let text = "203.0.113.7 asked 1,204 times, 93% in vain";
    assert_eq!(values(english, text).unwrap(), [("client_ip", "203.0.113.7"), ("n", "1,204"), ("share%", "93%")]);
    assert_eq!(
        retell(english, text, "{n}번 중 {share%} 실패, {client_ip}").unwrap(),
        "1,204번 중 93% 실패, 203.0.113.7"
    );
    assert_eq!(values(english, "203.0.113.7 asked nothing"), None);
    assert!(values("no values", "no values").unwrap().is_empty());
    assert_eq!(values("ends {at}", "ends 한글").unwrap(), [("at", "한글")]);
    assert_eq!(values("a {x} b", "a {y} b c"), None);
    assert_eq!(retell("{a} b", "1 b", "{c}"), None);
}

/// Findings that are told as one, and the incident that is called by them.
#[test]
fn what_is_told_as_one_speaks_korean() {
    let rules = rule::builtin();
    let rule = rules.iter().find(|rule| rule.headline.contains("{client_ip}")).unwrap();
    let english = names(&rule.headline).into_iter().fold(rule.headline.clone(), |text, name| {
        text.replace(&format!("{{{name}}}"), if name == "client_ip" { "203.0.113.7" } else { "12" })
    });
    let korean = Korean::get();
    let headline = &korean.rules[&rule.id].headline;
    let plain = retell(&rule.headline, &english, headline).unwrap();
    let told = korean.title_of(&format!("{english} (and 39 more alike)"), rule).unwrap();
    assert_eq!(told, format!("{plain} (같은 모양 외 39건)"));
    let why = "40 findings of this rule are told as one, most requests of each on the route /orders: one campaign, or a \
               habit of this service that the rule mistakes. Figures are those of the largest; lines, answers and \
               entities are those of all.";
    assert!(tell(why).unwrap().contains("경로 /orders"));
}

/// `src/korean/rules.ko.toml` says what the rules say, and nothing that they do not. A sentence that was changed a
/// moment ago stands in English until somebody tells it in Korean; a rule as a whole, or many, may not.
#[test]
fn every_rule_speaks_korean() {
    let korean: BTreeMap<String, Sentences> = toml::from_str(RULES).unwrap();
    let rules = rule::builtin();
    let mut wrong = Vec::new();
    let mut sentences = 0;
    for rule in &rules {
        let Some(told) = korean.get(&rule.id) else {
            wrong.push(format!("{} is missing", rule.id));
            continue;
        };
        let mut pairs = vec![("headline", &rule.headline, &told.headline)];
        let signs = || rule.signs.iter().chain(&rule.undecided);
        for sign in signs().filter(|sign| !sign.say.is_empty()) {
            match told.says.get(&sign.name) {
                Some(say) => pairs.push((&sign.name, &sign.say, say)),
                None => wrong.push(format!("{}: says.{} is missing: \"{}\"", rule.id, sign.name, sign.say)),
            }
        }
        for name in told.says.keys().filter(|name| !signs().any(|sign| sign.name == **name)) {
            wrong.push(format!("{}: says.{name} is of no sign", rule.id));
        }
        let ways = rule
            .ruled_out
            .iter()
            .flat_map(|(number, ways)| ways.iter().enumerate().map(move |(at, way)| (number, at, way)));
        for (number, at, way) in ways {
            match told.ruled_out.get(&number.to_string()).and_then(|korean| korean.get(at)) {
                Some(korean) => pairs.push(("ruled_out", &way.say, korean)),
                None => wrong.push(format!("{}: ruled_out.{number} is missing: \"{}\"", rule.id, way.say)),
            }
        }
        for (number, ask) in &rule.open {
            match told.open.get(&number.to_string()) {
                Some(korean) => pairs.push(("open", ask, korean)),
                None => wrong.push(format!("{}: open.{number} is missing: \"{ask}\"", rule.id)),
            }
        }
        sentences += pairs.len();
        for (what, english, korean) in pairs {
            if names(english) != names(korean) {
                wrong.push(format!("{}: {what}: other values than in \"{english}\"", rule.id));
            }
        }
        for text in [&told.title, &told.headline, &told.innocent_if, &told.next_steps] {
            if !text.chars().any(|c| ('가'..='힣').contains(&c)) {
                wrong.push(format!("{}: \"{text}\" is not Korean", rule.id));
            }
        }
    }
    let strangers = korean.keys().filter(|id| !rules.iter().any(|rule| rule.id == **id));
    wrong.extend(strangers.map(|id| format!("{id} is no rule")));
    let whole = rules.iter().all(|rule| korean.contains_key(&rule.id));
    assert!(whole && wrong.len() * 50 <= sentences, "src/korean/rules.ko.toml:\n{}", wrong.join("\n"));
}

#[test]
fn every_rule_says_of_itself_what_it_is_in_korean() {
    let texts: BTreeMap<String, Text> = toml::from_str(TEXTS).unwrap();
    let rules = rule::builtin();
    let is_korean = |text: &String| text.chars().any(|c| ('가'..='힣').contains(&c));
    let wrong: Vec<&str> = rules
        .iter()
        .filter(|rule| {
            let whole = |text: &Text| {
                text.looks_alike.len() == rule.falsepositives.len()
                    && is_korean(&text.what)
                    && is_korean(&text.why)
                    && text.looks_alike.iter().all(is_korean)
            };
            !texts.get(&rule.id).is_some_and(whole)
        })
        .map(|rule| rule.id.as_str())
        .collect();
    // As above: a rule that was changed a moment ago stands in English until somebody tells it.
    assert!(wrong.len() * 10 <= rules.len(), "src/korean/texts.ko.toml: {}", wrong.join(", "));
    assert!(texts.keys().all(|id| rules.iter().any(|rule| rule.id == *id)));
}

#[test]
fn phrases_have_the_same_values_in_both_languages() {
    for (english, korean) in PHRASES {
        assert_eq!(names(english), names(korean), "{english}");
        let words = korean.split(['{', '}']).step_by(2).collect::<String>();
        assert!(words.chars().any(|c| ('가'..='힣').contains(&c)), "{korean}");
    }
}

#[test]
fn phrases_are_told_with_what_is_in_them() {
    let told = |text: &str| phrase(text, Lang::Ko).into_owned();
    assert_eq!(
        told("groups of client_ip and route on the same route in the time marked clean"),
        "깨끗하다고 한 시간의 같은 route에서 client_ip, route별 묶음"
    );
    assert_eq!(
        told("3 of its 9 requests in these logs are evidence; nothing tells the rest from the same user"),
        "이 로그의 요청 9건 중 3건이 증거; 나머지가 다른 사용자의 것이라는 근거는 없음"
    );
    assert_eq!(
        told("nothing is known to have been answered with success; the log is a sample: no upper bound"),
        "성공으로 응답된 것으로 확인된 것이 없음; 로그가 표본임: 상한 없음"
    );
    assert_eq!(told("a.log: times carry no zone; assumed UTC"), "a.log: 시각에 시간대가 없음. UTC로 가정");
    for (n, groups) in [("1", "1 group"), ("1,200", "1,200 groups")] {
        let text = format!("bulk: not evaluable for {groups} over its own floors, with no peer to be compared with");
        assert_eq!(told(&text), format!("bulk: 자체 기준을 넘은 묶음 {n}개는 비교 대상이 없어 판정 불가"));
    }
    assert_eq!(told("basis: 2 by request id, 1 by inference."), "근거: 요청 번호로 2건, 추론으로 1건.");
    assert_eq!(told("what nobody says"), "what nobody says");
    assert_eq!(phrase("stated", Lang::En), "stated");
}

/// A phrase that the engine does not say any more would never be found wrong by a hunt.
#[test]
fn phrases_are_sentences_of_the_engine() {
    let source = engine_source();
    for (english, _) in PHRASES {
        for part in english.split(['{', '}']).step_by(2).flat_map(|part| part.split('"')) {
            let part = part.trim_matches(|c: char| !c.is_alphanumeric());
            // The engine may put a sentence together from several pieces.
            let words: Vec<&str> = part.split(' ').collect();
            let ends = [&words[..words.len().min(3)], &words[words.len().saturating_sub(3)..]];
            let is_said = ends.iter().any(|words| source.contains(&words.join(" ")));
            assert!(part.len() < 12 || is_said, "`{part}` of `{english}` is said by nobody");
        }
    }
}

/// The code of the two packages below and of cases, literals that go over several lines put together.
fn engine_source() -> String {
    let mut folders: Vec<_> = ["queries/src", "parsers/src", "src/case"]
        .map(|part| Path::new(env!("CARGO_MANIFEST_DIR")).join(part))
        .to_vec();
    let mut text = String::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let code = std::fs::read_to_string(path).unwrap();
                let lines = code.split("\\\n").map(str::trim_start);
                text.push_str(&lines.collect::<String>());
            }
        }
    }
    text
}

/// What the engine says over the samples of all rules, and over the stories of `sample-logs`, is told in Korean.
#[test]
fn hunts_are_told_in_korean() {
    let rules = rule::builtin();
    let mut english: BTreeSet<String> = BTreeSet::new();
    let mut sentences = 0;
    for rule in &rules {
        for sample in rule.samples.iter().step_by(3) {
            let requests = rule::sample_requests(sample).unwrap();
            let found = hunt(&requests, std::slice::from_ref(rule), &HuntOptions::default());
            let told = in_language(found, &rules, Lang::Ko);
            for sentence in said(&told) {
                sentences += 1;
                if !sentence.chars().any(|c| ('가'..='힣').contains(&c)) {
                    english.insert(sentence.to_owned());
                }
            }
        }
    }
    assert!(sentences > 1000, "{sentences}");
    // A sentence that was changed a moment ago stands in English until somebody tells it in Korean.
    assert!(english.len() < 3, "{english:#?}");
}

/// All that a hunt says in sentences.
fn said(hunt: &Hunt) -> Vec<&str> {
    let mut all: Vec<&str> = hunt.coverage.notes.iter().map(String::as_str).collect();
    all.extend(hunt.rules.iter().map(|verdict| verdict.why.as_str()));
    for incident in &hunt.incidents {
        all.extend([incident.title.as_str(), incident.subjects.basis.as_str()]);
        all.extend(incident.links.iter().map(|link| link.basis.as_str()));
        all.extend(incident.steps.iter().map(|step| step.what.as_str()));
    }
    for finding in &hunt.findings {
        all.extend([finding.title.as_str(), &finding.innocent_if, &finding.next_steps]);
        all.extend(finding.why.iter().chain(&finding.ruled_out).chain(&finding.not_ruled_out).map(String::as_str));
        all.extend(finding.entities.iter().map(|entity| entity.basis.as_str()));
        all.push(&finding.blast_radius.subjects.basis);
        all.extend(finding.measures.values().filter_map(|of| of.population.as_ref()).map(|of| of.of.as_str()));
    }
    all
}
