//! Looking at many sources on as many threads as there are cores; answers come back in order.

use crate::load::sample::{Bounds, Look};
use crate::load::{Progress, Setup};
use crate::raw::Store;
use crate::source::Source;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Looks at each source once. A thread holds one source open at a time.
pub(super) fn look_at_all(
    setup: &Setup<'_>,
    places: &[(usize, usize, Arc<Source>)],
    bounds: Bounds,
    progress: &mut dyn FnMut(&Progress),
) -> Vec<Look> {
    let next = AtomicUsize::new(0);
    let store = Mutex::new(None);
    let (told, heard) = channel();
    let mut looks: Vec<Option<Look>> = Vec::new();
    looks.resize_with(places.len(), || None);
    thread::scope(|scope| {
        for _ in 0..setup.threads().min(places.len()) {
            let (told, next, store) = (told.clone(), &next, &store);
            scope.spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((.., source)) = places.get(at) else { return };
                    let look = setup.look(source, bounds, &mut || open(store));
                    if told.send((at, look)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(told);
        for (done, (at, look)) in (1..).zip(heard) {
            progress(&Progress {
                source: places[at].2.name.clone(),
                nth: done,
                of: places.len(),
                bytes: setup.bytes(),
                total: 0,
                records: 0,
                rejects: 0,
            });
            looks[at] = Some(look);
        }
    });
    looks.into_iter().flatten().collect()
}

/// The one store of the survey, made when it is first needed.
fn open(slot: &Mutex<Option<Arc<Store>>>) -> io::Result<Arc<Store>> {
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(store) = slot.as_ref() {
        return Ok(Arc::clone(store));
    }
    let store = Store::new()?;
    *slot = Some(Arc::clone(&store));
    Ok(store)
}
