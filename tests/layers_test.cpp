// Holds src/ to docs/architecture.md: which folder may include which, and who owns which library.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = TANDEM_SOURCE_DIR;

struct Include {
  fs::path file;       // relative to src/
  std::string folder;  // that the file lies in, relative to src/
  std::string header;  // as it is written, without brackets or quotes

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

// What tests of a folder may include beside that.
Table allowed_in_tests() {
  Table allowed;
  for (const auto& row : read_table("folder")) allowed[row.at(0)] = words_of(row.at(3));
  return allowed;
}

bool is_test(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with("_test.cpp") || name.starts_with("test_");
}

std::vector<fs::path> sources() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "src")) {
    const auto extension = entry.path().extension();
    if (extension == ".h" || extension == ".cpp") files.push_back(entry.path());
  }
  return files;
}

std::vector<Include> includes() {
  std::vector<Include> all;
  for (const auto& path : sources()) {
    const fs::path file = fs::relative(path, kRoot / "src");
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

// A header that says so in its opening comment, or that only tests include.
bool is_private_header(const Include& include) {
  if (is_test(include.file)) return true;
  const std::string text = read(kRoot / "src" / include.file);
  const std::string comment = text.substr(0, text.find("#pragma once"));
  for (const std::string& folder : {include.folder, top_of(include.folder)}) {
    if (comment.find("Private to " + folder + "/") != std::string::npos ||
        comment.find("For " + folder + "'s own sources") != std::string::npos)
      return true;
  }
  return false;
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

// A name in a row that no row is of would allow nothing, and hide what it was meant to allow.
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

}  // namespace
