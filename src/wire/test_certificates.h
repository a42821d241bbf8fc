// For tests of wire/: a fleet's certificates in a folder, followed without delay.
#pragma once

#include <memory>
#include <string>

#include "base/test_files.h"
#include "wire/certificates.h"
#include "wire/credential_files.h"

namespace tandem::wire {

class TestFleet {
 public:
  TestFleet() { make_authority(folder.path()); }

  Identity issue(const std::string& name, bool replaces = false, Roles roles = Roles::all()) const {
    return issue_certificate(folder.path(), name, {.roles = roles, .replaces = replaces});
  }
  // Of a name that has a certificate.
  Credentials credentials(const std::string& name) const {
    const auto files = std::make_shared<CredentialFiles>(CredentialPlaces{folder.path(), name, {}}, Roles::all(),
                                                         base::Milliseconds(0));
    Credentials credentials = *files->current();
    credentials.files = files;
    return credentials;
  }

  base::TemporaryFolder folder;
};

}  // namespace tandem::wire
