package dev.backlane.protocol.field;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PreferencesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "''                                    | false | -",
        "respond-async                         | true  | -",
        "Respond-Async                         | true  | -",
        "respond-async, wait=10                | true  | 10",
        "wait=10,respond-async                 | true  | 10",
        "WAIT = 10                             | false | 10",
        "wait=\"30\"                           | false | 30",
        "wait=\"3\\0\"                         | false | 30",
        "wait=0                                | false | 0",
        "wait=007                              | false | 7",
        "wait=2147483647                       | false | 2147483647",
        "wait=99999999999999999999             | false | 2147483647",
        "wait                                  | false | -",
        "wait=                                 | false | -",
        "wait=-1                               | false | -",
        "wait=1.5                              | false | -",
        "wait=ten                              | false | -",
        "wait=\"                               | false | -",
        "wait=5, wait=6                        | false | 5",
        "wait=x, wait=6                        | false | -",
        "respond-async; a=b; c, wait=5; unit=s | true  | 5",
        "foo; wait=9, handling=lenient         | false | -",
        "foo=\"a, respond-async\", wait=3      | false | 3",
        "foo=\"a\\\", wait=1\", wait=3         | false | 3",
        "foo=\"never closed, wait=3            | false | -",
        "return=minimal,,  , wait=4            | false | 4",
        "b ad=1, respond-async                 | true  | -",
      })
  void readsOneValue(String value, boolean respondAsync, @Nullable Integer waitSeconds) {
    OptionalInt wait = waitSeconds == null ? OptionalInt.empty() : OptionalInt.of(waitSeconds);

    assertThat(Preferences.parse(List.of(value))).isEqualTo(new Preferences(respondAsync, wait));
  }

  @Test
  void joinsRepeatedValues() {
    assertThat(Preferences.parse(List.of("wait=1", "respond-async, wait=2")))
        .isEqualTo(new Preferences(true, OptionalInt.of(1)));
  }

  @Test
  void hasNoPreferencesWithoutValues() {
    assertThat(Preferences.parse(List.of())).isEqualTo(Preferences.NONE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "return=representation, respond-async, odata.maxpagesize=50 | return=representation, odata.maxpagesize=50",
        "wait=5, handling=lenient; x=\"a, b\"   | handling=lenient; x=\"a, b\"",
        "respond-async                         | ``",
        "Respond-Async ; a=1 , WAIT = 5        | ``",
        "wait=5, wait=6, foo                   | foo",
        "respond-async,,foo;y=\"wait=5\"       | foo;y=\"wait=5\"",
        "wait=x, foo                           | wait=x, foo",
        "foo ,  bar;a                          | foo ,  bar;a",
        "foo=\"a\\\", respond-async\", wait=3    | foo=\"a\\\", respond-async\"",
        "foo=\"never closed, wait=3            | foo=\"never closed, wait=3",
      })
  void removesOnlyItsOwnPreferences(String value, String rest) {
    assertThat(Preferences.parse(List.of(value)).removedFrom(value)).isEqualTo(rest);
  }

  @Test
  void removesNothingWithoutPreferences() {
    assertThat(Preferences.NONE.removedFrom("respond-async, wait=5"))
        .isEqualTo("respond-async, wait=5");
  }
}
