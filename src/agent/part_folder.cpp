#include "agent/part_folder.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "rpc/offer.h"

namespace tandem::agent {
namespace {

constexpr std::size_t kDigestBytes = 64;  // of the rest of the file, in front: a part's own leaves out types

std::size_t size_of_folder(const std::filesystem::path& folder) {
  std::size_t total = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::error_code is_gone;
    const auto size = entry.file_size(is_gone);
    if (!is_gone) total += size;
  }
  return total;
}

rpc::PartOffer read_offer(const std::filesystem::path& path) {
  const rpc::Limits limits;
  const std::string content = base::read_file(path, limits.control_message_bytes + kDigestBytes);
  const std::string_view text = content;
  const std::string_view body = text.substr(std::min(kDigestBytes, text.size()));
  if (base::digest_of(body) != text.substr(0, kDigestBytes))
    throw base::Error(base::ErrorKind::InvalidInput, "its content does not match its digest");
  return rpc::decode_offer(body, limits);
}

}  // namespace

PartFolder::PartFolder(std::filesystem::path folder, std::size_t limit_bytes)
    : folder_(std::move(folder)), limit_bytes_(limit_bytes) {
  if (!folder_.empty()) base::make_folder(folder_);
}

bool PartFolder::has_room_for(std::size_t bytes) const {
  const std::size_t held = size_of_folder(folder_);
  return held <= limit_bytes_ && bytes <= limit_bytes_ - held;
}

void PartFolder::keep(const rpc::PartOffer& offer) try {
  if (folder_.empty() || std::filesystem::exists(path_of(offer.digest))) return;
  const std::string body = rpc::encode_offer(offer);
  if (has_room_for(body.size() + kDigestBytes)) {
    base::write_file(path_of(offer.digest), base::digest_of(body) + body);
  } else {
    base::log(base::LogLevel::Info, "{}: full, a part will not survive a restart", folder_.string());
  }
} catch (const std::exception& error) {
  base::log(base::LogLevel::Warning, "a part will not survive a restart: {}", error.what());
}

std::optional<rpc::PartOffer> PartFolder::find(const std::string& digest) const {
  // A digest becomes a file name, so only digests pass.
  if (folder_.empty() || !base::is_digest(digest) || !std::filesystem::exists(path_of(digest))) return std::nullopt;
  try {
    rpc::PartOffer offer = read_offer(path_of(digest));
    if (offer.digest == digest) return offer;
  } catch (const base::Error& error) {
    if (error.kind() == base::ErrorKind::NotFound) return std::nullopt;
    const bool is_damage =
        error.kind() == base::ErrorKind::InvalidInput || error.kind() == base::ErrorKind::Unavailable;
    if (!is_damage) throw;  // the system's: no descriptor, no memory, no right
  }
  base::log(base::LogLevel::Warning, "{}: damaged, removed", path_of(digest).string());
  std::error_code ignored;
  std::filesystem::remove(path_of(digest), ignored);
  return std::nullopt;
}

}  // namespace tandem::agent
