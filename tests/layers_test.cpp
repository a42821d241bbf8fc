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
  std::string folder;  // of src/, that the file lies in
  std::string header;  // as it is written, without brackets or quotes

  std::string place() const { return file.string() + " includes " + header; }
};

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
std::map<std::string, std::set<std::string>> allowed_includes() {
  std::map<std::string, std::set<std::string>> allowed;
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
      all.push_back({file, file.begin()->string(), line.substr(begin + 1, end - begin - 1)});
    }
  }
  return all;
}

// A header that says so in its opening comment, or that only tests include.
bool is_private_header(const Include& include) {
  if (include.file.filename().string().starts_with("test_")) return true;
  const std::string text = read(kRoot / "src" / include.file);
  const std::string comment = text.substr(0, text.find("#pragma once"));
  return comment.find("Private to " + include.folder + "/") != std::string::npos ||
         comment.find("For " + include.folder + "'s own sources") != std::string::npos;
}

TEST(Layers, HaveARowForEachFolder) {
  const auto allowed = allowed_includes();
  ASSERT_GE(allowed.size(), 10u) << "docs/architecture.md has lost its table";
  for (const auto& entry : fs::directory_iterator(kRoot / "src")) {
    if (!entry.is_directory()) continue;
    EXPECT_TRUE(allowed.contains(entry.path().filename())) << entry.path() << " is not in docs/architecture.md";
  }
}

TEST(Layers, HaveAFolderForEachRow) {
  for (const auto& [folder, others] : allowed_includes()) {
    EXPECT_TRUE(fs::is_directory(kRoot / "src" / folder)) << folder;
  }
}

TEST(Layers, AreAStackWithoutCycles) {
  std::map<std::string, std::set<std::string>> left = allowed_includes();
  for (auto& [folder, others] : left) {
    others.erase(folder);
    others.erase("all");
    others.erase("–");
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
  auto allowed = allowed_includes();
  for (const auto& include : includes()) {
    const std::string folder = include.header.substr(0, include.header.find('/'));
    if (!allowed.contains(folder) || folder == include.folder) continue;
    EXPECT_TRUE(allowed[include.folder].contains(folder))
        << include.place() << ": " << include.folder << " may not include " << folder;
  }
}

TEST(Libraries, AreIncludedByTheirOwnersOnly) {
  const auto owners = read_table("headers");
  ASSERT_GE(owners.size(), 8u) << "docs/architecture.md has lost its table";
  for (const auto& include : includes()) {
    for (const auto& row : owners) {
      if (!include.header.starts_with(row.at(0))) continue;
      EXPECT_EQ(include.folder, row.at(1)) << include.place();
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
