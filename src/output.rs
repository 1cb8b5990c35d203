//! Answers as data and as text, one shape a file.
//!
//! All of them write to any [`std::io::Write`] and know no terminal; what a terminal must not get is
//! escaped here ([`json`] by the grammar of JSON, [`sheet`] and [`table`] by [`crate::render::visible`]).

pub mod answer;
pub mod detect_json;
pub mod detect_table;
pub mod entity_json;
pub mod entity_table;
pub mod fields;
pub mod hunt_json;
pub mod hunt_table;
pub mod json;
pub mod lines;
pub mod match_json;
pub mod match_table;
pub mod reach;
pub mod route_json;
pub mod route_table;
pub mod rows;
pub mod sheet;
pub mod source_json;
pub mod summary;
pub mod survey_json;
pub mod survey_table;
pub mod table;
pub mod timeline_json;
pub mod timeline_table;
