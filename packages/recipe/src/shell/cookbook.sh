# The cookbook's shell API for build scripts. What a recipe may change is an array or a variable with a plain name;
# what is ours begins with __cookbook_.

umask 022

# --- Compiler and linker settings. There is no dynamic linking on Redox here: everything is static.

# Whether this build is for the machine that builds (`host:recipe`).
function __cookbook_for_host {
  [ "$TARGET" = "$COOKBOOK_HOST_TARGET" ]
}

export CARGO_TARGET_DIR="$COOKBOOK_BUILD/target"
export CPPFLAGS="-I$COOKBOOK_SYSROOT/include"
export LDFLAGS="${USER_LDFLAGS:+$USER_LDFLAGS }-L$COOKBOOK_SYSROOT/lib"
if ! __cookbook_for_host; then
  LDFLAGS="$LDFLAGS --static"
  export PKG_CONFIG_ALLOW_CROSS=1
  export PKG_CONFIG_PATH=
  export PKG_CONFIG_LIBDIR="$COOKBOOK_SYSROOT/lib/pkgconfig:$COOKBOOK_SYSROOT/share/pkgconfig"
  export PKG_CONFIG_SYSROOT_DIR="$COOKBOOK_SYSROOT"
fi

# A recipe calls these to link dynamically where the target can. Ours cannot, as i586 and riscv64gc in the cookbook:
# the build stays static, and COOKBOOK_DYNAMIC stays unset.
function DYNAMIC_INIT {
  echo "DYNAMIC_INIT: $TARGET has no dynamic linking here; everything is linked statically"
}
function DYNAMIC_STATIC_INIT {
  DYNAMIC_INIT
}

# Hands the flags to the cc crate, which looks for variables with the target's name.
function reexport_flags {
  local name="${TARGET//-/_}"
  export "CFLAGS_$name=$CPPFLAGS ${CFLAGS:-}"
  export "CXXFLAGS_$name=$CPPFLAGS ${CXXFLAGS:-}"
  export "LDFLAGS_$name=$LDFLAGS"
}

# --- cargo

if [ -n "${COOKBOOK_DEBUG:-}" ]; then
  build_type=debug
  build_flags=
  install_flags="--no-track --debug"
else
  build_type=release
  build_flags=--release
  install_flags=--no-track
fi
if [ -n "${COOKBOOK_OFFLINE:-}" ]; then
  build_flags="$build_flags --offline"
  install_flags="$install_flags --offline"
fi

COOKBOOK_CARGO_FLAGS=()
COOKBOOK_CARGO_LOCKED=--locked

# Flags are split into words: recipes write "--features cli" as one.
# shellcheck disable=SC2068,SC2086
function cookbook_cargo {
  "$COOKBOOK_CARGO" install --path "$COOKBOOK_SOURCE/${COOKBOOK_CARGO_PATH:-.}" --root "$COOKBOOK_STAGE/usr" \
    -j "$COOKBOOK_MAKE_JOBS" $install_flags $COOKBOOK_CARGO_LOCKED ${COOKBOOK_CARGO_FLAGS[@]} "$@"
}

# Builds and installs one program. Settings: recipe, bin_dir (below the folder of the build type), bin_flags, bin_name,
# bin_final_name; without bin_name every program that is there is installed, as <recipe>_<program>.
# shellcheck disable=SC2068,SC2086
function cookbook_cargo_build {
  local prefix="${recipe:-$COOKBOOK_NAME}" folder program
  "$COOKBOOK_CARGO" build --manifest-path "$COOKBOOK_SOURCE/${COOKBOOK_CARGO_PATH:-.}/Cargo.toml" \
    -j "$COOKBOOK_MAKE_JOBS" $build_flags $COOKBOOK_CARGO_LOCKED ${bin_flags[@]} ${COOKBOOK_CARGO_FLAGS[@]} "$@"
  folder="$CARGO_TARGET_DIR/$TARGET/$build_type${bin_dir:+/$bin_dir}"
  mkdir -p "$COOKBOOK_STAGE/usr/bin"
  if [ -n "${bin_name:-}" ]; then
    cp "$folder/$bin_name" "$COOKBOOK_STAGE/usr/bin/${bin_final_name:-${prefix}_$bin_name}"
    return
  fi
  for program in "$folder"/*; do
    if [ -f "$program" ] && [ -x "$program" ]; then
      cp "$program" "$COOKBOOK_STAGE/usr/bin/${prefix}_${program##*/}"
    fi
  done
}

function cookbook_cargo_packages {
  local bin_dir='' bin_flags bin_name bin_final_name package
  for package in "$@"; do
    bin_flags=(--package "$package")
    bin_name="$package"
    bin_final_name="${package//_/-}"
    cookbook_cargo_build
  done
}

function cookbook_cargo_packages_prefixed {
  local bin_dir='' bin_flags bin_name bin_final_name package
  for package in "$@"; do
    bin_flags=(--package "$package")
    bin_name="$package"
    bin_final_name="${recipe:-$COOKBOOK_NAME}_${package//_/-}"
    cookbook_cargo_build
  done
}

function cookbook_cargo_examples {
  local bin_dir=examples bin_flags bin_name bin_final_name example
  for example in "$@"; do
    bin_flags=(--example "$example")
    bin_name="$example"
    bin_final_name="${recipe:-$COOKBOOK_NAME}_${example//_/-}"
    cookbook_cargo_build
  done
}

# --- configure and make

COOKBOOK_CONFIGURE="$COOKBOOK_SOURCE/configure"
COOKBOOK_CONFIGURE_FLAGS=(--host="$GNU_TARGET" --prefix=/usr --disable-shared --enable-static)
if __cookbook_for_host; then COOKBOOK_CONFIGURE_FLAGS=("${COOKBOOK_CONFIGURE_FLAGS[@]:1}"); fi
COOKBOOK_MAKE=make
COOKBOOK_MAKE_FLAGS=()

function cookbook_configure {
  if [ ! -f "$COOKBOOK_CONFIGURE" ]; then
    echo "cookbook_configure: $COOKBOOK_CONFIGURE is missing; a source from git often needs autotools_recursive_regenerate in [source] script" >&2
    return 1
  fi
  "$COOKBOOK_CONFIGURE" "${COOKBOOK_CONFIGURE_FLAGS[@]}" "$@"
  "$COOKBOOK_MAKE" -j "$COOKBOOK_MAKE_JOBS" "${COOKBOOK_MAKE_FLAGS[@]}"
  "$COOKBOOK_MAKE" install DESTDIR="$COOKBOOK_STAGE" "${COOKBOOK_MAKE_FLAGS[@]}"
}

# --- CMake and Meson: both write files for ninja

COOKBOOK_NINJA=ninja

# The processor by the names of CMake and Meson.
function __cookbook_processor {
  case "${TARGET%%-*}" in
    i586 | i686) echo x86 ;;
    riscv64gc) echo riscv64 ;;
    *) echo "${TARGET%%-*}" ;;
  esac
}

COOKBOOK_CMAKE=cmake
COOKBOOK_CMAKE_FLAGS=(
  -DCMAKE_BUILD_TYPE=Release
  -DCMAKE_INSTALL_PREFIX=/usr
  -DCMAKE_INSTALL_LIBDIR=lib
  -DCMAKE_PREFIX_PATH="$COOKBOOK_SYSROOT"
  -DBUILD_SHARED_LIBS=False
  -DCMAKE_EXPORT_NO_PACKAGE_REGISTRY=True
  -DCMAKE_FIND_USE_PACKAGE_REGISTRY=False
)

# Writes cross_file.cmake into this folder; for this machine there is nothing to say.
function generate_cookbook_cmake_file {
  if __cookbook_for_host; then
    echo >cross_file.cmake
    return
  fi
  cat >cross_file.cmake <<END
set(CMAKE_CROSSCOMPILING True)
set(CMAKE_SYSTEM_NAME UnixPaths)
set(CMAKE_SYSTEM_PROCESSOR $(__cookbook_processor))
set(REDOX TRUE)
set(UNIX TRUE)
set(CMAKE_C_COMPILER "$CC")
set(CMAKE_CXX_COMPILER "$CXX")
set(CMAKE_AR "$AR" CACHE FILEPATH "")
set(CMAKE_RANLIB "$RANLIB" CACHE FILEPATH "")
set(CMAKE_C_FLAGS_INIT "$CPPFLAGS ${CFLAGS:-}")
set(CMAKE_CXX_FLAGS_INIT "$CPPFLAGS ${CXXFLAGS:-}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "$LDFLAGS")
set(CMAKE_FIND_ROOT_PATH "$COOKBOOK_SYSROOT")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
END
}

function cookbook_cmake {
  # CMake's own message about a missing ninja does not say so.
  "$COOKBOOK_NINJA" --version >/dev/null
  generate_cookbook_cmake_file
  "$COOKBOOK_CMAKE" "$COOKBOOK_SOURCE" -GNinja -DCMAKE_TOOLCHAIN_FILE="$PWD/cross_file.cmake" \
    -DCMAKE_MAKE_PROGRAM="$COOKBOOK_NINJA" "${COOKBOOK_CMAKE_FLAGS[@]}" "$@"
  "$COOKBOOK_NINJA" -j "$COOKBOOK_MAKE_JOBS"
  DESTDIR="$COOKBOOK_STAGE" "$COOKBOOK_NINJA" install -j "$COOKBOOK_MAKE_JOBS"
}

COOKBOOK_MESON=meson
COOKBOOK_MESON_FLAGS=(--buildtype release --wrap-mode nofallback --strip -Ddefault_library=static -Dprefix=/usr -Dlibdir=lib)

# A list of the words of $1, as Meson writes them: 'a', 'b'
function __cookbook_meson_list {
  local word list=
  for word in $1; do
    list="$list${list:+, }'$word'"
  done
  echo "$list"
}

function __cookbook_meson_file {
  cat <<END
[binaries]
c = '$CC'
cpp = '$CXX'
ar = '$AR'
ranlib = '$RANLIB'
strip = '$STRIP'
pkg-config = '$PKG_CONFIG'
cmake = '$COOKBOOK_CMAKE'

[host_machine]
system = 'redox'
cpu_family = '$(__cookbook_processor)'
cpu = '$(__cookbook_processor)'
endian = 'little'

[built-in options]
prefix = '/usr'
c_args = [$(__cookbook_meson_list "$CPPFLAGS ${CFLAGS:-}")]
cpp_args = [$(__cookbook_meson_list "$CPPFLAGS ${CXXFLAGS:-}")]
c_link_args = [$(__cookbook_meson_list "$LDFLAGS")]
cpp_link_args = [$(__cookbook_meson_list "$LDFLAGS")]

[properties]
needs_exe_wrapper = true
sys_root = '$COOKBOOK_SYSROOT'
pkg_config_libdir = '$PKG_CONFIG_LIBDIR'
END
}

function cookbook_meson {
  if __cookbook_for_host; then
    "$COOKBOOK_MESON" setup . "$COOKBOOK_SOURCE" "${COOKBOOK_MESON_FLAGS[@]}" "$@"
    "$COOKBOOK_NINJA" -j "$COOKBOOK_MAKE_JOBS"
    DESTDIR="$COOKBOOK_STAGE" "$COOKBOOK_NINJA" install -j "$COOKBOOK_MAKE_JOBS"
    return
  fi
  __cookbook_meson_file >cross_file.txt
  # Meson takes these for programs of this machine; those of the target are in the file.
  (
    unset AR AS CC CXX LD NM OBJCOPY OBJDUMP PKG_CONFIG RANLIB READELF STRIP CPPFLAGS CFLAGS CXXFLAGS LDFLAGS
    unset PKG_CONFIG_ALLOW_CROSS PKG_CONFIG_PATH PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR
    "$COOKBOOK_MESON" setup . "$COOKBOOK_SOURCE" --cross-file cross_file.txt "${COOKBOOK_MESON_FLAGS[@]}" "$@"
    "$COOKBOOK_NINJA" -j "$COOKBOOK_MAKE_JOBS"
    DESTDIR="$COOKBOOK_STAGE" "$COOKBOOK_NINJA" install -j "$COOKBOOK_MAKE_JOBS"
  )
}

# --- Python

COOKBOOK_PYTHON_V=3.12
COOKBOOK_PYTHON_PIP_FLAGS=()
COOKBOOK_PYTHON_LEGACY_SETUP=
COOKBOOK_PYTHON_PYPROJECT_PATH=.

# Chooses the interpreter: that of a `host:` recipe, or this machine's.
function PYTHON_INIT {
  export COOKBOOK_PYTHON="python$COOKBOOK_PYTHON_V"
  export PYTHONDONTWRITEBYTECODE=1
}

function cookbook_python {
  PYTHON_INIT
  local project="$COOKBOOK_SOURCE/$COOKBOOK_PYTHON_PYPROJECT_PATH"
  if [ -n "$COOKBOOK_PYTHON_LEGACY_SETUP" ]; then
    (cd "$project" && "$COOKBOOK_PYTHON" setup.py build --build-base "$COOKBOOK_BUILD/python" \
      install --root "$COOKBOOK_STAGE" --prefix /usr "${COOKBOOK_PYTHON_PIP_FLAGS[@]}" "$@")
    return
  fi
  "$COOKBOOK_PYTHON" -m pip install --no-index --no-build-isolation --no-deps --no-compile --ignore-installed \
    --root "$COOKBOOK_STAGE" --prefix /usr "${COOKBOOK_PYTHON_PIP_FLAGS[@]}" "$@" "$project"
}
