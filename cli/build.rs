//! Builds the command again when a file is added to the starter, which `include_dir` alone does not notice.

fn main() {
    println!("cargo:rerun-if-changed=starter");
}
