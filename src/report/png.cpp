#include "report/png.h"

#include <dlfcn.h>

#include <memory>

#include "base/error.h"

namespace tandem::report {
namespace {

constexpr double kScale = 2;
constexpr int kArgb32 = 0;  // CAIRO_FORMAT_ARGB32

// RsvgRectangle.
struct Rectangle {
  double x;
  double y;
  double width;
  double height;
};
using Append = int (*)(void* png, const unsigned char* bytes, unsigned count);

// The functions of librsvg (2.52 or later), cairo and GLib that are used, as their manuals declare them. Objects are
// opaque; the last argument of the two that may fail, an error's text, is left out.
struct Library {
  void* (*parse)(const unsigned char* svg, std::size_t size, void* error);
  int (*get_size)(void* picture, double* width, double* height);
  int (*render)(void* picture, void* context, const Rectangle* place, void* error);
  void* (*create_surface)(int format, int width, int height);
  void* (*create_context)(void* surface);
  int (*write_png)(void* surface, Append append, void* png);
  void (*release_object)(void* picture);
  void (*release_surface)(void* surface);
  void (*release_context)(void* context);
};

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

// nullptr: it is not there. A symbol is looked for in the libraries that librsvg depends on, too.
std::unique_ptr<const Library> load() {
  void* opened = dlopen(kPngLibrary, RTLD_NOW | RTLD_LOCAL);
  Library found{};
  const bool is_complete = opened != nullptr && find(opened, "rsvg_handle_new_from_data", found.parse) &&
                           find(opened, "rsvg_handle_get_intrinsic_size_in_pixels", found.get_size) &&
                           find(opened, "rsvg_handle_render_document", found.render) &&
                           find(opened, "cairo_image_surface_create", found.create_surface) &&
                           find(opened, "cairo_create", found.create_context) &&
                           find(opened, "cairo_surface_write_to_png_stream", found.write_png) &&
                           find(opened, "g_object_unref", found.release_object) &&
                           find(opened, "cairo_surface_destroy", found.release_surface) &&
                           find(opened, "cairo_destroy", found.release_context);
  return is_complete ? std::make_unique<const Library>(found) : nullptr;
}

const Library* library() {
  static const auto loaded = load();
  return loaded.get();
}

using Object = std::unique_ptr<void, void (*)(void*)>;

void require(bool is_done, const char* step) {
  if (!is_done) throw base::Error(base::ErrorKind::InvalidInput, std::string("a picture as PNG: cannot ") + step);
}

int append(void* png, const unsigned char* bytes, unsigned count) {
  static_cast<std::string*>(png)->append(reinterpret_cast<const char*>(bytes), count);
  return 0;
}

}  // namespace

bool can_draw_png() {
  return library() != nullptr;
}

std::string to_png(const std::string& svg) {
  const Library* use = library();
  if (use == nullptr) throw base::Error(base::ErrorKind::Unsupported, std::string("PNG needs ") + kPngLibrary);
  const auto* bytes = reinterpret_cast<const unsigned char*>(svg.data());
  const Object picture(svg.empty() ? nullptr : use->parse(bytes, svg.size(), nullptr), use->release_object);
  require(picture != nullptr, "read the SVG");
  Rectangle place{};
  require(use->get_size(picture.get(), &place.width, &place.height) != 0, "find its size in pixels");
  place.width *= kScale;
  place.height *= kScale;
  const Object surface(use->create_surface(kArgb32, static_cast<int>(place.width), static_cast<int>(place.height)),
                       use->release_surface);
  const Object context(use->create_context(surface.get()), use->release_context);
  require(use->render(picture.get(), context.get(), &place, nullptr) != 0, "draw it");
  std::string png;
  require(use->write_png(surface.get(), append, &png) == 0, "write it");
  return png;
}

}  // namespace tandem::report
