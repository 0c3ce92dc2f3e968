// What does this program print? Write it down, then run it:
//
//     rustc drop-order.rs && ./drop-order

struct Noisy(&'static str);

impl Drop for Noisy {
    fn drop(&mut self) {
        println!("drop {}", self.0);
    }
}

struct House {
    _kitchen: Noisy,
    _attic: Noisy,
}

impl Drop for House {
    fn drop(&mut self) {
        println!("drop house");
    }
}

// region: main
fn main() {
    let mut page = Noisy("draft");
    let _house = House {
        _attic: Noisy("attic"),
        _kitchen: Noisy("kitchen"),
    };
    let guest = Noisy("guest");

    // A read, so that the compiler does not warn about a value that is overwritten unread.
    assert!(!page.0.is_empty());
    page = Noisy("final");
    drop(guest);

    assert!(!page.0.is_empty());
    println!("end of main");
}
// endregion: main
