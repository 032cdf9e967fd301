//! Tests of the state database over real files.
