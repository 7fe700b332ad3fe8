//! All tests of this step.
