// Holds src/ to docs/architecture.md: the includes that each folder may make, the owner of each library, and the marks
// of private headers.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = TANDEM_SOURCE_DIR;

struct Include {
  fs::path file;       // as shown()
  std::string folder;  // of the file
  std::string header;  // as written, without brackets or quotes

  std::string place() const { return file.string() + " includes " + header; }
};

std::string top_of(const std::string& folder) {
  return folder.substr(0, folder.find('/'));
}

std::string read(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::set<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::set<std::string> words;
  for (std::string word; stream >> word;) words.insert(word);
  return words;
}

std::string without_backticks(std::string text) {
  std::erase(text, '`');
  return text;
}

// The cells of each row below the table head that begins with `first_column`, surrounding blanks and backticks removed.
std::vector<std::vector<std::string>> read_table(const std::string& first_column) {
  std::istringstream document(read(kRoot / "docs/architecture.md"));
  std::vector<std::vector<std::string>> rows;
  bool is_inside = false;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with("| " + first_column + " |")) {
      is_inside = true;
      std::getline(document, line);  // the rule below the head
    } else if (is_inside && line.starts_with("|")) {
      std::istringstream cells(line.substr(1));
      auto& row = rows.emplace_back();
      for (std::string cell; std::getline(cells, cell, '|');) {
        const auto first = cell.find_first_not_of(' ');
        row.push_back(first == std::string::npos
                          ? ""
                          : without_backticks(cell.substr(first, cell.find_last_not_of(' ') - first + 1)));
      }
    } else {
      is_inside = false;
    }
  }
  return rows;
}

// Folder → the folders that it may include.
using Table = std::map<std::string, std::set<std::string>>;

Table allowed_includes() {
  Table allowed;
  const auto rows = read_table("folder");
  for (const auto& row : rows) {
    allowed[row.at(0)] = words_of(row.at(2));
    if (!row.at(2).starts_with("all")) continue;
    auto& folders = allowed[row.at(0)];
    const auto excluded = std::exchange(folders, {});  // "all but train": train is a word of the cell
    for (const auto& other : rows) {
      if (!excluded.contains(other.at(0)) || other.at(0) == row.at(0)) folders.insert(other.at(0));
    }
  }
  return allowed;
}

// Further folders that tests of a folder may include.
Table allowed_in_tests() {
  Table allowed;
  for (const auto& row : read_table("folder")) allowed[row.at(0)] = words_of(row.at(3));
  return allowed;
}

bool is_test(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with("_test.cpp") || name.starts_with("test_");
}

std::vector<fs::path> sources_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto extension = entry.path().extension();
    if (extension == ".h" || extension == ".cpp") files.push_back(entry.path());
  }
  return files;
}

std::vector<fs::path> sources() {
  return sources_below(kRoot / "src");
}

std::vector<fs::path> all_sources() {
  std::vector<fs::path> files = sources();
  for (const auto* folder : {"tests", "bench", "experiments"}) {
    const auto others = sources_below(kRoot / folder);
    files.insert(files.end(), others.begin(), others.end());
  }
  return files;
}

// A path as includes write it: relative to src/, or, outside of it, to the root.
std::string shown(const fs::path& path) {
  const std::string relative = fs::relative(path, kRoot).string();
  return relative.starts_with("src/") ? relative.substr(4) : relative;
}

std::vector<Include> includes_of(const std::vector<fs::path>& paths) {
  std::vector<Include> all;
  for (const auto& path : paths) {
    const fs::path file = shown(path);
    std::istringstream text(read(path));
    for (std::string line; std::getline(text, line);) {
      if (!line.starts_with("#include")) continue;
      const auto begin = line.find_first_of("<\"");
      const auto end = line.find_first_of(">\"", begin + 1);
      all.push_back({file, file.parent_path().string(), line.substr(begin + 1, end - begin - 1)});
    }
  }
  return all;
}

std::vector<Include> includes() {
  return includes_of(sources());
}

// The opening comment of a header in src/ as one line.
std::string opening_of(const std::string& header) {
  std::istringstream text(read(kRoot / "src" / header));
  std::string comment;
  for (std::string line; std::getline(text, line) && line.starts_with("//");) comment += line.substr(2);
  return comment;
}

// The places of "Private to FOLDER/." or "Private to FOLDER/, tests/x_test and bench/y_bench." in a header's opening
// comment; empty: the header is not private.
std::vector<std::string> places_of_private_header(const std::string& header) {
  const std::string comment = opening_of(header);
  const std::regex mark("Private to ([a-z0-9_/, ]+)\\.");
  const std::regex place("[a-z0-9_]+(/[a-z0-9_]*)+");
  std::smatch match;
  std::vector<std::string> places;
  if (!std::regex_search(comment, match, mark)) return places;
  const std::string list = match[1];
  for (std::sregex_iterator each(list.begin(), list.end(), place), end; each != end; ++each)
    places.push_back(each->str());
  return places;
}

// Whether a file lies at a place: "model/" is a folder, "tests/split_test" a file of any extension.
bool is_at(const std::string& file, const std::string& place) {
  return file.starts_with(place.ends_with('/') ? place : place + ".");
}

bool is_private_header(const Include& include) {
  return is_test(include.file) || !places_of_private_header(include.file.string()).empty();
}

// Folders of src/ that hold sources, relative to it.
std::set<std::string> folders_with_sources() {
  std::set<std::string> folders;
  for (const auto& path : sources()) folders.insert(fs::relative(path.parent_path(), kRoot / "src").string());
  return folders;
}

// Whether a row allows an include of `folder`: it names that folder, or one above it that has no row of its own.
bool is_allowed(const Table& table, const std::string& row, const std::string& folder) {
  const auto& names = table.at(row);
  return names.contains(folder) || (names.contains(top_of(folder)) && !table.contains(top_of(folder)));
}

TEST(Layers, HaveARowForEachFolder) {
  const auto allowed = allowed_includes();
  ASSERT_GE(allowed.size(), 10u) << "docs/architecture.md has lost its table";
  for (const auto& folder : folders_with_sources())
    EXPECT_TRUE(allowed.contains(folder)) << folder << " is not in docs/architecture.md";
}

TEST(Layers, HaveAFolderForEachRow) {
  const auto folders = folders_with_sources();
  for (const auto& [folder, others] : allowed_includes()) EXPECT_TRUE(folders.contains(folder)) << folder;
}

// An unknown name in a row would allow nothing, and hide a misspelt folder.
TEST(Layers, NameFoldersThatThereAre) {
  const auto allowed = allowed_includes();
  const auto is_row_or_above = [&](const std::string& name) {
    return std::any_of(allowed.begin(), allowed.end(),
                       [&](const auto& row) { return row.first == name || top_of(row.first) == name; });
  };
  for (const auto& [folder, others] : allowed) {
    for (const auto& other : others) EXPECT_TRUE(other == "–" || is_row_or_above(other)) << folder << ": " << other;
  }
}

TEST(Layers, AreAStackWithoutCycles) {
  const auto allowed = allowed_includes();
  Table left;
  for (const auto& [folder, row] : allowed) {
    auto& others = left[folder];
    for (const auto& [other, ignored] : allowed) {
      if (other != folder && is_allowed(allowed, folder, other)) others.insert(other);
    }
  }
  while (!left.empty()) {
    const auto leaf = std::find_if(left.begin(), left.end(), [](const auto& entry) { return entry.second.empty(); });
    ASSERT_NE(leaf, left.end()) << left.begin()->first << " is part of a cycle";
    const std::string name = leaf->first;
    left.erase(leaf);
    for (auto& [folder, others] : left) others.erase(name);
  }
}

TEST(Layers, IncludeOnlyWhatTheirRowAllows) {
  const auto allowed = allowed_includes();
  const auto in_tests = allowed_in_tests();
  const auto folders = folders_with_sources();
  for (const auto& include : includes()) {
    const std::string folder = fs::path(include.header).parent_path().string();
    if (!folders.contains(folder) || folder == include.folder) continue;
    if (is_test(include.file) && in_tests.at(include.folder).contains(folder)) continue;
    EXPECT_TRUE(is_allowed(allowed, include.folder, folder))
        << include.place() << ": " << include.folder << " may not include " << folder;
  }
}

TEST(Libraries, AreIncludedByTheirOwnersOnly) {
  const auto owners = read_table("headers");
  ASSERT_GE(owners.size(), 8u) << "docs/architecture.md has lost its table";
  for (const auto& include : includes()) {
    for (const auto& row : owners) {
      if (!include.header.starts_with(row.at(0))) continue;
      EXPECT_TRUE(include.folder == row.at(1) || top_of(include.folder) == row.at(1)) << include.place();
    }
  }
}

TEST(Libraries, StayOutOfHeadersThatAreNotPrivate) {
  const auto owners = read_table("headers");
  for (const auto& include : includes()) {
    if (include.file.extension() != ".h") continue;
    for (const auto& row : owners) {
      if (!include.header.starts_with(row.at(0))) continue;
      EXPECT_TRUE(is_private_header(include)) << include.place();
    }
  }
}

TEST(PrivateHeaders, NamePlacesThatExist) {
  const auto files = all_sources();
  for (const auto& path : sources()) {
    const std::string header = shown(path);
    if (path.extension() != ".h" || opening_of(header).find("Private to ") == std::string::npos) continue;
    const auto places = places_of_private_header(header);
    EXPECT_FALSE(places.empty()) << header << ": expected \"Private to FOLDER/.\"";
    for (const auto& place : places) {
      const bool exists = std::ranges::any_of(files, [&](const auto& file) { return is_at(shown(file), place); });
      EXPECT_TRUE(exists) << header << ": there is no " << place;
    }
  }
}

TEST(PrivateHeaders, AreIncludedAtTheirPlacesOnly) {
  std::map<std::string, std::vector<std::string>> places_of;
  for (const auto& path : sources()) {
    if (const auto places = places_of_private_header(shown(path)); !places.empty()) places_of[shown(path)] = places;
  }
  ASSERT_GE(places_of.size(), 80u) << "headers have lost their marks";
  for (const auto& include : includes_of(all_sources())) {
    const auto found = places_of.find(include.header);
    if (found == places_of.end()) continue;
    const auto is_here = [&](const std::string& place) { return is_at(include.file.string(), place); };
    EXPECT_TRUE(std::ranges::any_of(found->second, is_here)) << include.place();
  }
}

}  // namespace
