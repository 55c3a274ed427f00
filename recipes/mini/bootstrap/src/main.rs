//! First program of mini, entered by the kernel without a stack and without having been loaded: it lies inside of the
//! initfs image, which is mapped as a whole. It starts init and serves the image as `/scheme/initfs`.
#![no_std]
#![no_main]

extern crate alloc;

mod initfs;

use core::arch::global_asm;

use initfs::{HEADER_SIZE, Image, Kind, Problem};
use rt::scheme::{Scheme, Socket};
use rt::syscall::{EACCES, EIO, ELOOP, ENOENT, ENOTDIR, Error, Map, MapFlags, Result, SYS_FMAP};
use rt::{println, process};

/// Where init is, seen from the image and from everybody else.
const INIT: &str = "bin/init";
const INIT_NAME: &str = "/scheme/initfs/bin/init";

// As on Redox, the kernel gives the first program no stack: it asks for one, at the place where programs have theirs,
// with nothing mapped below.
global_asm!(
    r#"
    .section .text._start, "ax"
    .global _start
_start:
    ldr     x8, ={fmap}
    mov     x0, #-1             // plain memory
    adrp    x1, bootstrap_stack
    add     x1, x1, :lo12:bootstrap_stack
    mov     x2, #{map_size}
    svc     #0
    ldr     x1, ={stack}
    cmp     x0, x1
    b.ne    2f
    ldr     x1, ={top}
    mov     sp, x1
    mov     x29, xzr
    mov     x30, xzr
    bl      bootstrap_start
2:  udf     #0                  // no memory: x0 has the error
    .ltorg
"#,
    fmap = const SYS_FMAP,
    map_size = const size_of::<Map>(),
    stack = const STACK,
    top = const abi::STACK_TOP,
);

const STACK: usize = abi::STACK_TOP - abi::STACK_SIZE;

#[unsafe(export_name = "bootstrap_stack")]
static STACK_MAP: Map = Map {
    offset: 0,
    size: abi::STACK_SIZE,
    flags: MapFlags::PROT_READ.union(MapFlags::PROT_WRITE).union(MapFlags::MAP_PRIVATE),
    address: STACK,
};

unsafe extern "C" {
    static __initfs_header: [u8; HEADER_SIZE];
    static __bootstrap_end: u8;
}

#[unsafe(no_mangle)]
extern "C" fn bootstrap_start() -> ! {
    let image = map_image().unwrap_or_else(|problem| panic!("failed to parse initfs: {problem}"));
    let socket = Socket::create("initfs").unwrap_or_else(|error| panic!("failed to make the initfs scheme: {error}"));
    println!("bootstrap: starting initfs scheme, {} inodes", image.count());

    let init = image.lookup(INIT).unwrap_or_else(|problem| panic!("failed to open init: {INIT}: {problem}"));
    let standard = [(0, 0), (1, 1), (2, 2)];
    let args = ["init"].into_iter();
    if let Err(error) = process::spawn(init.data, INIT_NAME, args, core::iter::empty(), &standard) {
        panic!("failed to start init: {INIT} {error}");
    }
    let end = socket.serve(&mut Initfs { image });
    panic!("the initfs scheme ended: {end:?}")
}

/// The image around this program.
fn map_image() -> core::result::Result<Image<'static>, Problem> {
    let start = (&raw const __initfs_header).addr();
    let body = &raw const __bootstrap_end;
    // SAFETY: the kernel maps the image with its header there, and nobody changes the header.
    let header = unsafe { &__initfs_header };
    let size = initfs::image_size(header)?;
    let offset = body.addr() - start;
    let length = size.checked_sub(offset).ok_or(Problem::Corrupt("image size"))?;
    // SAFETY: the kernel maps the whole image; behind this program's own memory nobody changes it.
    let body = unsafe { core::slice::from_raw_parts(body, length) };
    Image::new(header, body, offset)
}

/// The scheme: files are known by their inode's number, so there is nothing to remember.
struct Initfs {
    image: Image<'static>,
}

impl Initfs {
    fn data(&self, file: usize) -> Result<&'static [u8]> {
        let number = u16::try_from(file).map_err(|_| Error::new(EIO))?;
        self.image.inode(number).map(|inode| inode.data).map_err(error)
    }
}

impl Scheme for Initfs {
    fn open(&mut self, path: &str, _flags: usize) -> Result<usize> {
        let inode = self.image.lookup(path).map_err(error)?;
        match inode.kind {
            Kind::File => Ok(inode.number.into()),
            _ => Err(Error::new(rt::syscall::EISDIR)),
        }
    }

    fn read(&mut self, file: usize, position: u64, buffer: &mut [u8]) -> Result<usize> {
        let data = self.data(file)?;
        let start = usize::try_from(position).map_or(data.len(), |position| position.min(data.len()));
        let count = buffer.len().min(data.len() - start);
        buffer[..count].copy_from_slice(&data[start..][..count]);
        Ok(count)
    }

    fn write(&mut self, _file: usize, _position: u64, _data: &[u8]) -> Result<usize> {
        Err(Error::new(EACCES))
    }

    fn close(&mut self, _file: usize) {}
}

fn error(problem: Problem) -> Error {
    Error::new(match problem {
        Problem::Corrupt(_) => EIO,
        Problem::NotFound => ENOENT,
        Problem::NotDirectory => ENOTDIR,
        Problem::LinkLoop => ELOOP,
    })
}
