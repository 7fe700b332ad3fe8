//! The runtimes of the steps with one more function, `snapshot`, for tests of the trace. The build script copies the
//! runtimes and adds the function, so that the steps need nothing for it.
