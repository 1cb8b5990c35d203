//! Tests come here
