#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;
use proptest::prelude::*;
use std::fs;
use std::path::Path;

fn line(number: usize) -> String {
    format!(
        "192.0.2.{} - - [04/Mar/2026:{:02}:{:02}:00 +0000] \"GET /items/{number} HTTP/1.1\" 200 {} \"-\" \"agent/1\"\n",
        number % 9,
        number / 60 % 24,
        number % 60,
        500 + number % 50
    )
}

fn lines(from: usize, count: usize) -> String {
    (from..from + count).map(line).collect()
}

fn surveyed(folder: &Path, options: &LoadOptions) -> Survey {
    survey(&[folder.display().to_string()], options, &mut |_| {}).unwrap()
}

#[test]
fn a_small_source_is_counted_and_a_large_one_estimated() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.log"), lines(0, 50)).unwrap();
    let day = lines(0, 24 * 60);
    fs::write(folder.path().join("large.log"), day.repeat(20)).unwrap();
    let survey = surveyed(folder.path(), &LoadOptions::default());
    let [large, small] = survey.sources.as_slice() else { panic!("two sources") };
    assert_eq!((small.reach, small.records, small.report.rows), (Reach::Whole, Some(50), 50));
    assert_eq!((large.reach, large.text), (Reach::Ends, Some(20 * day.len() as u64)));
    assert!(large.records.unwrap().abs_diff(20 * 24 * 60) < 600, "{:?}", large.records);
    assert!(large.report.records < 14_000);
    let hours = survey.hours(&[]);
    assert_eq!(hours.len(), 1);
    assert_eq!(hours[0].span.map(|span| span.until - span.from), Some((24 * 60 - 1) * 60_000_000));
    assert!(!survey.records().1 && survey.text().1);
}

#[test]
fn sources_that_end_unread_leave_no_gap_behind_them() {
    let folder = tempfile::tempdir().unwrap();
    // Values over several lines cannot be told apart from the middle, so that the end of the first is not known.
    let value = |hour: usize| {
        let time =
            format!("{{\n\"time_iso8601\": \"2026-03-04T{hour:02}:00:00+00:00\",\n\"remote_addr\": \"192.0.2.7\",\n");
        time + "\"request\": \"GET /a HTTP/1.1\",\n\"status\": \"200\",\n\"body_bytes_sent\": \"512\"\n}\n"
    };
    fs::write(folder.path().join("a.json"), value(1).repeat(20_000)).unwrap();
    fs::write(folder.path().join("z.json"), value(9)).unwrap();
    let survey = surveyed(folder.path(), &LoadOptions::default());
    assert_eq!(survey.sources[0].reach, Reach::Head);
    let hours = survey.hours(&[]);
    let all: usize = hours.iter().map(|hours| hours.basis.open).sum();
    assert_eq!((all, hours[0].gaps.len()), (1, 0), "{hours:?}");
}

#[test]
fn what_is_opened_is_bounded_and_shared_out() {
    for sources in [0, 1, 7, 200, 4_000] {
        let bounds = bounds(sources);
        assert!(bounds.head * sources <= HEADS.max(HEAD.0 * sources) && bounds.head >= HEAD.0);
        assert!(bounds.drained * sources as u64 <= DRAINED);
        assert!(bounds.tail <= TAIL.1 && bounds.listed <= LISTED_OF_ONE.1);
    }
}

#[test]
fn a_bad_option_is_an_error_and_a_bad_path_a_problem() {
    let options = LoadOptions { input_format: Some("nothing".to_owned()), ..LoadOptions::default() };
    assert!(survey(&[], &options, &mut |_| {}).is_err());
    let survey = survey(&["nowhere.log".to_owned()], &LoadOptions::default(), &mut |_| {}).unwrap();
    assert_eq!((survey.files, survey.problems.len()), (0, 1));
}

#[test]
fn a_compressed_archive_is_looked_into_up_to_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let mut tape = tar::Builder::new(Vec::new());
    for name in ["a.log", "b.log", "c.log"] {
        let text = lines(0, 60);
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_cksum();
        tape.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    let tape = tape.into_inner().unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &tape).unwrap();
    fs::write(folder.path().join("sent.tar.gz"), packed.finish().unwrap()).unwrap();
    let options = LoadOptions::default();
    let setup = Setup::new(&options, 1 << 20).unwrap();
    let source = discover(&[folder.path().display().to_string()], Window::default()).sources.remove(0);
    let store = crate::raw::Store::new().unwrap();
    let members = |listed: u64| {
        let bounds = Bounds { listed, ..bounds(1) };
        match setup.look(&Arc::new(source.clone()), bounds, &mut || Ok(Arc::clone(&store))) {
            Look::Archive(_, listing) => (listing.members.len(), listing.goes_on, listing.members),
            _ => panic!("an archive"),
        }
    };
    assert_eq!(members(1 << 20).0, 3);
    let (count, goes_on, cut) = members(lines(0, 60).len() as u64 + 500);
    assert_eq!((count, goes_on), (2, true));
    // The member that the bound cuts is not taken for all there is.
    let look = setup.look(&Arc::new(cut[1].clone()), bounds(1), &mut || Ok(Arc::clone(&store)));
    let Look::Text(sample) = look else { panic!("text") };
    assert_eq!((sample.reach, sample.text), (Reach::Head, None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn neither_threads_nor_the_order_of_paths_change_it(sizes in proptest::collection::vec(1usize..400, 1..6)) {
        let folder = tempfile::tempdir().unwrap();
        for (at, size) in sizes.iter().enumerate() {
            fs::write(folder.path().join(format!("{at}.log")), lines(at * 60, *size)).unwrap();
        }
        let seen = |threads| {
            let survey = surveyed(folder.path(), &LoadOptions { threads, ..LoadOptions::default() });
            let sources: Vec<_> =
                survey.sources.iter().map(|source| (source.report.path.clone(), source.records, source.copy_of)).collect();
            (sources, survey.hours(&[]), survey.facts.ts_values().to_vec(), survey.records())
        };
        prop_assert_eq!(seen(1), seen(3));
        prop_assert_eq!(seen(1).3, (sizes.iter().sum::<usize>() as u64, true));
    }
}
