#include "codec/zstd.h"

#include <memory>
#include <new>

#include <fmt/format.h>
#include <zstd.h>

#include "base/error.h"
#include "codec/elements.h"

namespace tandem::codec {
namespace {

struct Free {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

template <class Context, Context* (*create)()>
Context* own_context() {
  thread_local const std::unique_ptr<Context, Free> context(create());
  if (context == nullptr) throw std::bad_alloc();
  return context.get();
}

}  // namespace

std::size_t zstd_bound(std::size_t size) {
  return ZSTD_compressBound(size);
}

void zstd_append(std::span<const std::byte> bytes, int level, std::vector<std::byte>& out) {
  ZSTD_CCtx* const context = own_context<ZSTD_CCtx, ZSTD_createCCtx>();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  const std::size_t start = out.size();
  const auto to = extend(out, zstd_bound(bytes.size()));
  const std::size_t size = ZSTD_compress2(context, to.data(), to.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size)) {
    throw base::Error(base::ErrorKind::Internal,
                      fmt::format("zstd: {} bytes: {}", bytes.size(), ZSTD_getErrorName(size)));
  }
  out.resize(start + size);
}

void zstd_read(std::span<const std::byte> bytes, std::string_view codec, std::span<std::byte> to) {
  ZSTD_DCtx* const context = own_context<ZSTD_DCtx, ZSTD_createDCtx>();
  const std::size_t size = ZSTD_decompressDCtx(context, to.data(), to.size(), bytes.data(), bytes.size());
  if (size == to.size()) return;
  const std::string found = ZSTD_isError(size) ? ZSTD_getErrorName(size) : fmt::format("{} bytes", size);
  throw base::Error(
      base::ErrorKind::InvalidInput,
      fmt::format("{}: a chunk that decompresses to {} bytes was expected, found: {}", codec, to.size(), found));
}

}  // namespace tandem::codec
