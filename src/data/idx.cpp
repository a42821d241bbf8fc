// IDX files (yann.lecun.com/exdb/mnist): a magic number that ends in the element type and the number of dimensions, the
// dimensions as big-endian 32-bit numbers, the elements. With .gz, the header limits the bytes that are inflated; the
// size in gzip's trailer is ignored.
#include <zlib.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "data/formats.h"

namespace tandem::data {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kByteElements = 0x800;          // in a magic number
constexpr std::size_t kLargestRatio = 1032;             // of deflate, by zlib's technical notes
constexpr int kGzipWindow = 15 + 16;                    // for inflateInit2: the largest window, in gzip's wrapping
constexpr std::size_t kChunk = std::size_t{256} << 20;  // zlib counts in 32 bits

bool is_gzip(Bytes bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

std::size_t header_size(std::size_t rank) {
  return 4 + 4 * rank;
}

std::uint32_t big_endian(Bytes bytes) {
  std::uint32_t value = 0;
  for (const std::byte byte : bytes.first(4)) value = value << 8 | static_cast<std::uint32_t>(byte);
  return value;
}

struct Header {
  base::Shape shape;
  std::size_t bytes = 0;  // of the elements
};

Header parse_header(Bytes bytes, std::size_t rank, const std::string& source) {
  const auto magic = static_cast<std::uint32_t>(kByteElements + rank);
  if (big_endian(bytes) != magic) {
    refuse(source, fmt::format("not an IDX file of bytes in {} dimension(s): it begins with {:08x}, expected {:08x}",
                               rank, big_endian(bytes), magic));
  }
  Header header;
  for (std::size_t i = 1; i <= rank; ++i) {
    const std::uint32_t dimension = big_endian(bytes.subspan(4 * i));
    if (dimension == 0) refuse(source, "a dimension of 0, expected at least 1");
    header.shape.push_back(dimension);
  }
  header.bytes = check_size(header.shape, source);
  return header;
}

// The content of a .gz file, front to back.
class Inflater {
 public:
  Inflater(Bytes compressed, const std::string& source) : left_(compressed), source_(source) {
    if (::inflateInit2(&stream_, kGzipWindow) != Z_OK) {
      throw base::Error(base::ErrorKind::ResourceExhausted, fmt::format("{}: no memory to inflate it", source));
    }
  }
  ~Inflater() { ::inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  void fill(std::span<std::byte> to) {
    if (read(to) != to.size()) refuse(source_, "its content is shorter than its header says");
  }

  void expect_end() {
    std::byte more{};
    if (read({&more, 1}) != 0) refuse(source_, "its content is longer than its header says");
    if (!left_.empty()) refuse(source_, fmt::format("{} bytes after the end of the compressed data", left_.size()));
  }

 private:
  // Returns the number of bytes read: fewer than `to` holds only at the end.
  std::size_t read(std::span<std::byte> to) {
    std::size_t done = 0;
    while (done < to.size() && !is_at_end_) done += inflate_some(to.subspan(done));
    return done;
  }

  std::size_t inflate_some(std::span<std::byte> to) {
    const std::size_t given = std::min(left_.size(), kChunk);
    const std::size_t room = std::min(to.size(), kChunk);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(left_.data()));
    stream_.avail_in = static_cast<uInt>(given);
    stream_.next_out = reinterpret_cast<Bytef*>(to.data());
    stream_.avail_out = static_cast<uInt>(room);
    const int status = ::inflate(&stream_, Z_NO_FLUSH);
    left_ = left_.subspan(given - stream_.avail_in);
    if (status == Z_BUF_ERROR) refuse(source_, "the compressed data ends early");
    if (status != Z_OK && status != Z_STREAM_END) {
      refuse(source_, fmt::format("damaged gzip data: {}", stream_.msg != nullptr ? stream_.msg : "no reason given"));
    }
    is_at_end_ = status == Z_STREAM_END;
    return room - stream_.avail_out;
  }

  z_stream stream_{};
  Bytes left_;
  const std::string& source_;
  bool is_at_end_ = false;
};

base::Tensor decode_compressed(Bytes bytes, std::size_t rank, const std::string& source) {
  Inflater content(bytes, source);
  std::vector<std::byte> start(header_size(rank));
  content.fill(start);
  const Header header = parse_header(start, rank, source);
  if (header.bytes / kLargestRatio > bytes.size()) {
    refuse(source, fmt::format("{} compressed bytes cannot hold {}", bytes.size(), base::to_string(header.shape)));
  }
  base::Tensor tensor = base::Tensor::allocate({base::ElementType::UInt8, header.shape});
  content.fill(tensor.mutable_bytes());
  content.expect_end();
  return tensor;
}

base::Tensor decode_plain(Bytes bytes, std::size_t rank, const std::string& source) {
  if (bytes.size() < header_size(rank)) refuse(source, fmt::format("{} bytes, too few for IDX", bytes.size()));
  const Header header = parse_header(bytes, rank, source);
  const Bytes elements = bytes.subspan(header_size(rank));
  if (elements.size() != header.bytes) {
    refuse(source, fmt::format("{} bytes after its header, expected {} for {}", elements.size(), header.bytes,
                               base::to_string(header.shape)));
  }
  return base::Tensor::of<std::byte>({base::ElementType::UInt8, header.shape}, elements);
}

fs::path plain_or_compressed(const fs::path& path) {
  const fs::path compressed = path.string() + ".gz";
  return !fs::exists(path) && fs::exists(compressed) ? compressed : path;
}

base::Tensor read_file(const fs::path& path, std::size_t rank) {
  const base::MappedFile file = map_file(path);
  return decode_idx(file.bytes, rank, path.string());
}

Samples read_part(const fs::path& folder, const std::string& prefix, std::size_t class_count) {
  const fs::path images_path = plain_or_compressed(folder / (prefix + "-images-idx3-ubyte"));
  const fs::path labels_path = plain_or_compressed(folder / (prefix + "-labels-idx1-ubyte"));
  const base::Tensor images = with_channel(read_file(images_path, 3));
  const base::Tensor bytes = read_file(labels_path, 1);
  const auto values = bytes.values<std::uint8_t>();
  std::vector<std::int64_t> labels(values.begin(), values.end());
  check_labels(labels, class_count, labels_path.string());
  return paired(images, images_path.string(), std::move(labels), labels_path.string());
}

}  // namespace

base::Tensor decode_idx(Bytes bytes, std::size_t rank, const std::string& source) {
  return is_gzip(bytes) ? decode_compressed(bytes, rank, source) : decode_plain(bytes, rank, source);
}

Contents read_idx(const fs::path& folder, std::vector<std::string> class_names) {
  const std::size_t class_count = class_names.empty() ? 256 : class_names.size();
  return {read_part(folder, "train", class_count), read_part(folder, "t10k", class_count), std::move(class_names)};
}

Contents read_known(const KnownSet& known) {
  if (!fs::is_directory(known.folder)) {
    throw base::Error(base::ErrorKind::NotFound, fmt::format("{}: {} is not there; install Debian's package {}",
                                                             known.name, known.folder.string(), known.package));
  }
  return read_idx(known.folder, known.class_names);
}

}  // namespace tandem::data
