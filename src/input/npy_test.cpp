#include "input/npy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <numeric>

#include "base/error.h"
#include "base/test_files.h"
#include "input/test_images.h"

namespace tandem::input {
namespace {

using base::ElementType;
using base::Tensor;
using test::bytes_of;

constexpr ElementType kTypes[] = {ElementType::Bool,    ElementType::Int8,    ElementType::Int16,
                                  ElementType::Int32,   ElementType::Int64,   ElementType::UInt8,
                                  ElementType::UInt16,  ElementType::UInt32,  ElementType::UInt64,
                                  ElementType::Float16, ElementType::Float32, ElementType::Float64};

// A file of version 1 with this header and data.
std::string npy(const std::string& header, const std::string& data, char major = 1) {
  std::string file = "\x93NUMPY";
  file += {major, 0, static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  if (major > 1) file += {0, 0};
  return file + header + data;
}

std::string npy_of_shape(const std::string& shape, const std::string& data) {
  return npy("{'descr': '|u1', 'fortran_order': False, 'shape': " + shape + ", }\n", data);
}

Tensor decode(const std::string& file) {
  return decode_npy(bytes_of(file), "x.npy");
}

std::string error_of(const std::string& file) {
  try {
    decode(file);
  } catch (const base::Error& error) {
    return error.message();
  }
  return "no error";
}

TEST(Npy, ReadsWhatItWritesForEachTypeAndRank) {
  for (const ElementType type : kTypes) {
    for (const base::Shape& shape : {base::Shape{}, base::Shape{5}, base::Shape{2, 3, 4}, base::Shape{0, 3}}) {
      Tensor tensor = Tensor::allocate({type, shape});
      for (std::size_t i = 0; i < tensor.size(); ++i) tensor.mutable_bytes()[i] = static_cast<std::byte>(i % 2);
      const Tensor again = decode(encode_npy(tensor));
      EXPECT_EQ(again.type(), tensor.type());
      EXPECT_TRUE(std::ranges::equal(again.bytes(), tensor.bytes()));
    }
  }
}

TEST(Npy, WritesTheBytesThatNumPyWrites) {
  const Tensor tensor = Tensor::of<float>({ElementType::Float32, {1, 2}}, std::array{1.0f, 2.0f});
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
  header.append(128 - 10 - header.size() - 1, ' ').push_back('\n');
  const std::string expected = npy(header, std::string("\x00\x00\x80\x3f\x00\x00\x00\x40", 8));
  EXPECT_EQ(encode_npy(tensor), expected);
}

TEST(Npy, ReadsVersionsTwoAndThree) {
  for (const char major : {'\x02', '\x03'}) {
    EXPECT_EQ(decode(npy("{'descr': '<i2', 'fortran_order': False, 'shape': (1,)}", "ab", major)).shape(),
              base::Shape{1});
  }
}

TEST(Npy, TakesKeysInAnyOrderAndEitherQuote) {
  EXPECT_EQ(decode(npy("{\"shape\":(2,),\"fortran_order\":False,\"descr\":\"|i1\"}", "ab")).shape(), base::Shape{2});
}

TEST(Npy, PutsFortranOrderIntoCOrder) {
  const Tensor tensor = decode(npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}", "adbecf"));
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(tensor.bytes().data()), 6), "abcdef");
}

TEST(Npy, MakesBooleansZeroOrOne) {
  const Tensor tensor =
      decode(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}", std::string("\x07\x00", 2)));
  EXPECT_EQ(tensor.values<unsigned char>()[0], 1);
  EXPECT_EQ(tensor.values<unsigned char>()[1], 0);
}

TEST(Npy, RefusesDataOfTheWrongLength) {
  EXPECT_EQ(error_of(npy_of_shape("(3,)", "ab")),
            "x.npy: not a valid .npy file: 2 bytes of data, expected 3 for uint8 3");
  EXPECT_NE(error_of(npy_of_shape("(1,)", "ab")), "no error");
}

TEST(Npy, ChecksGiantShapesBeforeAllocating) {
  for (const char* shape : {"(1099511627776, 1099511627776)", "(99999999999999999999,)", "(1000000000000,)"}) {
    EXPECT_NE(error_of(npy_of_shape(shape, "ab")), "no error") << shape;
  }
}

TEST(Npy, RefusesShapesThatPythonWouldNotReadAsOne) {
  for (const char* shape :
       {"(3)", "3", "(-1,)", "(,)", "(1,,2)", "(1 2)", "[3]", "(3,", "(1.5,)", "(True,)", "(3L,)"}) {
    EXPECT_NE(error_of(npy_of_shape(shape, "abc")), "no error") << shape;
  }
}

TEST(Npy, RefusesHeadersWithMissingDoubledOrForeignKeys) {
  for (const char* header : {"{}", "{'descr': '|u1', 'shape': (1,)}", "{'descr': '|u1', 'fortran_order': False}",
                             "{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1,)}",
                             "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'x': 1}",
                             "{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} x",
                             "{'descr': '|u1', 'fortran_order': 0, 'shape': (1,)}", "", "x"}) {
    EXPECT_NE(error_of(npy(header, "a")), "no error") << header;
  }
}

TEST(Npy, NamesElementTypesThatItDoesNotRead) {
  for (const char* type : {"'>f4'", "'<c8'", "'|O'", "'<U3'", "''", "'f'", "[('a', '<f4')]"}) {
    const std::string header = std::string("{'descr': ") + type + ", 'fortran_order': False, 'shape': ()}";
    EXPECT_NE(error_of(npy(header, "abcd")), "no error") << type;
  }
  EXPECT_THROW(encode_npy(Tensor::allocate({ElementType::BFloat16, {1}})), base::Error);
}

TEST(Npy, ShowsABadHeaderInOneLine) {
  EXPECT_EQ(error_of(npy("{\n\x01", "")), "x.npy: not a valid .npy header: expected a quoted word at '?'");
}

TEST(Npy, SurvivesDamage) {
  const std::string file = encode_npy(Tensor::allocate({ElementType::Float32, {3, 4}}));
  test::for_each_damaged(file, [](const std::string& damaged) { error_of(damaged); });
  for (std::size_t size = 0; size < file.size(); ++size) EXPECT_NE(error_of(file.substr(0, size)), "no error");
}

TEST(Npy, ReadsAndWritesFilesUnderALimit) {
  const base::TemporaryFolder folder;
  const std::filesystem::path path = folder / "x.npy";
  write_npy(path, Tensor::of<float>({ElementType::Float32, {2}}, std::array{1.0f, 2.0f}));
  EXPECT_EQ(read_npy(path).values<float>()[1], 2);
  EXPECT_THROW(read_npy(path, 10), base::Error);
}

}  // namespace
}  // namespace tandem::input
