//! The copy of a stack is walked by the tables of the program, and its functions are named.

use std::ffi::c_void;
use std::fmt;
use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use framehop::{CacheNative, ExplicitModuleSectionInfo, MayAllocateDuringUnwind, Module};
use framehop::{FrameAddress, Unwinder as _, UnwinderNative};
use object::read::{ReadCache, ReadRef};
use object::{Object, ObjectSection, ObjectSegment, SegmentFlags, elf};

use super::signal::Registers;
use crate::stack::{Frame, Stack};

/// More than anybody reads. A function that calls itself without an end has more.
const MOST_FRAMES: usize = 256;

type Tables = Arc<[u8]>;

/// Walks stacks. Knows the tables of what was loaded when it has walked the last one.
#[derive(Default)]
pub(super) struct Unwinder {
    loaded: Vec<Mapping>,
    unwinder: UnwinderNative<Tables, MayAllocateDuringUnwind>,
}

impl fmt::Debug for Unwinder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unwinder").field("loaded", &self.loaded).finish_non_exhaustive()
    }
}

impl Unwinder {
    /// Of the thread whose registers were these, with the bytes of its stack.
    pub(super) fn stack(&mut self, registers: &Registers, bytes: &[u8]) -> Stack {
        self.load();
        let mut read = |address: u64| {
            let offset = usize::try_from(address.checked_sub(registers.stack).ok_or(())?);
            let bytes = bytes.get(offset.map_err(drop)?..).and_then(|rest| rest.first_chunk());
            bytes.map(|bytes| u64::from_ne_bytes(*bytes)).ok_or(())
        };
        let mut cache = CacheNative::<MayAllocateDuringUnwind>::new_in();
        let start = native::start(registers, self.unwinder.max_known_code_address());
        let mut walk =
            self.unwinder.iter_frames(registers.instruction, start, &mut cache, &mut read);
        let mut frames = Vec::new();
        // An error is an end as well: that of what was copied, or of what is known.
        while let Ok(Some(address)) = walk.next() {
            name(address, &mut frames);
            if frames.len() >= MOST_FRAMES {
                break;
            }
        }
        Stack { frames }
    }

    /// Reads the tables anew, if something was loaded or unloaded since the last time.
    fn load(&mut self) {
        let mappings = mappings();
        if mappings == self.loaded {
            return;
        }
        self.unwinder = UnwinderNative::new();
        for module in mappings.iter().filter_map(Mapping::module) {
            self.unwinder.add_module(module);
        }
        self.loaded = mappings;
    }
}

/// Adds the functions at an address, of which all but the last are those that the compiler has put into it.
fn name(address: FrameAddress, frames: &mut Vec<Frame>) {
    let before = frames.len();
    // It takes each for one to which a function returns, and looks before it.
    let shown = address.address_for_lookup() + 1;
    let unknown = Frame { address: address.address(), function: None, file: None, line: None };
    backtrace::resolve(shown as usize as *mut c_void, |symbol| {
        frames.push(Frame {
            function: symbol.name().map(|name| format!("{name:#}")),
            file: symbol.filename().map(|file| file.display().to_string()),
            line: symbol.lineno(),
            ..unknown.clone()
        });
    });
    if frames.len() == before {
        frames.push(unknown);
    }
}

/// A part of the process's memory in which there is code.
#[derive(Debug, PartialEq)]
struct Mapping {
    addresses: Range<u64>,
    /// Where in the file it begins.
    offset: u64,
    file: String,
}

/// Without those that are of no file, in which a program has made code itself.
fn mappings() -> Vec<Mapping> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    maps.lines().filter_map(Mapping::parse).collect()
}

impl Mapping {
    /// A line is `FIRST-END r-xp OFFSET DEVICE INODE FILE`, and there may be spaces in the name of a file.
    fn parse(line: &str) -> Option<Self> {
        let mut rest = line;
        let mut next = || {
            let (word, behind) = rest.split_once(' ')?;
            rest = behind.trim_start();
            Some(word)
        };
        let (first, end) = next()?.split_once('-')?;
        let may = next()?;
        let offset = next()?;
        let (_device, _inode) = (next()?, next()?);
        let number = |digits| u64::from_str_radix(digits, 16).ok();
        (may.contains('x') && !rest.is_empty()).then_some(Self {
            addresses: number(first)?..number(end)?,
            offset: number(offset)?,
            file: rest.to_owned(),
        })
    }

    /// What the unwinder has to know of it.
    fn module(&self) -> Option<Module<Tables>> {
        if self.file == "[vdso]" {
            // The part of the system that a program calls for the time, which is in no file.
            let length = usize::try_from(self.addresses.end - self.addresses.start).ok()?;
            let mut bytes = vec![0; length];
            File::open("/proc/self/mem")
                .ok()?
                .read_exact_at(&mut bytes, self.addresses.start)
                .ok()?;
            return self.read(&bytes[..]);
        }
        // The program is found also where its file was replaced.
        let program = Path::new("/proc/self/exe");
        let is_program = fs::read_link(program).is_ok_and(|path| path == Path::new(&self.file));
        let file = File::open(if is_program { program } else { Path::new(&self.file) }).ok()?;
        self.read(&ReadCache::new(file))
    }

    fn read<'a>(&self, bytes: impl ReadRef<'a>) -> Option<Module<Tables>> {
        let file = object::File::parse(bytes).ok()?;
        let end = self.offset + (self.addresses.end - self.addresses.start);
        let segment = file.segments().find(|segment| {
            let (start, length) = segment.file_range();
            has_code(segment.flags()) && start < end && start + length > self.offset
        })?;
        // By how much the addresses in memory are higher than those in the file.
        let stated = segment.address().wrapping_sub(segment.file_range().0);
        let base = self.addresses.start.wrapping_sub(self.offset).wrapping_sub(stated);
        let range = |name| {
            let section = file.section_by_name(name)?;
            Some(section.address()..section.address() + section.size())
        };
        let data = |name| Some(Tables::from(file.section_by_name(name)?.data().ok()?));
        let tables = ExplicitModuleSectionInfo {
            text_svma: range(".text"),
            got_svma: range(".got"),
            eh_frame_svma: range(".eh_frame"),
            eh_frame: data(".eh_frame"),
            eh_frame_hdr_svma: range(".eh_frame_hdr"),
            eh_frame_hdr: data(".eh_frame_hdr"),
            ..ExplicitModuleSectionInfo::default()
        };
        Some(Module::new(self.file.clone(), self.addresses.clone(), base, tables))
    }
}

fn has_code(segment: SegmentFlags) -> bool {
    matches!(segment, SegmentFlags::Elf { p_flags } if p_flags & elf::PF_X != 0)
}

#[cfg(target_arch = "x86_64")]
mod native {
    use framehop::UnwindRegsNative;

    use super::Registers;

    pub(super) fn start(registers: &Registers, _highest: u64) -> UnwindRegsNative {
        UnwindRegsNative::new(registers.instruction, registers.stack, registers.frame)
    }
}

#[cfg(target_arch = "aarch64")]
mod native {
    use framehop::UnwindRegsNative;
    use framehop::aarch64::PtrAuthMask;

    use super::Registers;

    /// The addresses to which functions return may be signed, in the bits above those of the highest address.
    pub(super) fn start(registers: &Registers, highest: u64) -> UnwindRegsNative {
        let mask = PtrAuthMask::from_max_known_address(highest);
        let Registers { instruction: _, stack, frame, link } = *registers;
        UnwindRegsNative::new_with_ptr_auth_mask(mask, link, stack, frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_read_whatever_the_file_is_called() {
        let line = "55d0a000-55d0b000 r-xp 00001000 fe:00 12   /a folder/a file (deleted)";
        let expected = Mapping {
            addresses: 0x55d0_a000..0x55d0_b000,
            offset: 0x1000,
            file: "/a folder/a file (deleted)".into(),
        };
        assert_eq!(Mapping::parse(line), Some(expected));
        for other in [line.replace("r-xp", "r--p"), line[..40].to_owned(), String::new()] {
            assert_eq!(Mapping::parse(&other), None, "{other}");
        }
        let loaded = mappings();
        assert!(
            loaded.iter().all(|mapping| mapping.file == "[vsyscall]" || mapping.module().is_some()),
            "{loaded:?}"
        );
    }
}
